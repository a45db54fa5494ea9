/** What `view` answers to the page's questions. */
import { useEffect, useState } from 'preact/hooks';
import type { PageDocument, PageNews, PageResult, Walk } from '#report';

/** An answer that is awaited, or has come. */
export type Answer = { readonly kind: 'waiting' } | { readonly kind: 'walk'; readonly walk: Walk } | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly sentence: string;
}

/** Asks for an execution; the last one is kept until the next is there. Without a question there is no answer. */
export function useWalk(question: string | undefined): Answer {
  const [answer, setAnswer] = useState<Answer>({ kind: 'waiting' });
  useEffect(() => {
    if (question === undefined) return;
    let isWanted = true;
    void asked(question).then((came) => {
      if (isWanted) setAnswer(came);
    });
    return () => {
      isWanted = false;
    };
  }, [question]);
  return answer;
}

/** Milliseconds between two questions for news. */
const patience = 500;

/** The results of a document, with what has come since: asked for as long as any is awaited. */
export function useResults(given: Extract<PageDocument, { kind: 'results' }>): readonly PageResult[] {
  const [results, setResults] = useState(given.results);
  useEffect(() => {
    let isWanted = results.some(({ standing }) => standing === 'awaited');
    let known = given.news;
    let awaited = results;
    const ask = async (): Promise<void> => {
      const news = await newsAfter(known);
      known += news.length;
      if (news.length > 0) {
        const come = new Map(news.map((each) => [each.key, each]));
        awaited = awaited.map((each) => come.get(each.key) ?? each);
        isWanted &&= awaited.some(({ standing }) => standing === 'awaited');
        setResults(awaited);
      }
      if (isWanted) setTimeout(ask, patience);
    };
    if (isWanted) void ask();
    return () => {
      isWanted = false;
    };
  }, [given]);
  return results;
}

/** What came after the first results. When nobody answers nothing has come: to ask for an execution says why. */
async function newsAfter(known: number): Promise<readonly PageResult[]> {
  try {
    return ((await (await fetch(`news?after=${known}`)).json()) as PageNews).results;
  } catch {
    return [];
  }
}

async function asked(question: string): Promise<Answer> {
  try {
    const response = await fetch(question);
    const said = (await response.json()) as { walk?: Walk; error?: string };
    if (said.walk) return { kind: 'walk', walk: said.walk };
    return { kind: 'refused', sentence: said.error ?? `mmucheck view answered ${response.status}` };
  } catch {
    return { kind: 'refused', sentence: 'mmucheck view does not answer; start it again' };
  }
}
