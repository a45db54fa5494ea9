/** What `view` answers to the page's questions. */
import { useEffect, useState } from 'preact/hooks';
import type { Walk } from '#report';

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
