/** A server for one person's browser: on loopback only, and only for who knows the token. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exitCodes } from '#report';
import { Failure, isSentence } from './failure.ts';

/** What is answered to a request. */
export interface Answer {
  readonly type: 'text/html' | 'application/json' | 'text/plain';
  readonly body: string;
}

/** A server that runs. */
export interface Serving {
  /** Where it is, with the token. */
  readonly url: string;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
/** Bytes that a question may have: a replay line of many thousand steps. */
const longestQuestion = 1 << 20;

/**
 * Serves until it is closed. A question is a path behind the token, and what is asked; `undefined` is no such path, and a sentence that is
 * thrown is the answer to a question that cannot be answered.
 * @param port 0 for any that is free.
 * @throws Failure when the port cannot be had.
 */
export async function serve(
  answer: (path: string, asked: URLSearchParams) => Answer | undefined,
  port: number,
): Promise<Serving> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer({ maxHeaderSize: longestQuestion }, (request, response) => {
    const refused = refusal(request, token, (server.address() as AddressInfo).port);
    if (refused) return send(response, refused.status, plain(refused.sentence));
    const { pathname, searchParams } = new URL(request.url as string, `http://${loopback}`);
    try {
      const answered = answer(pathname.slice(token.length + 2), searchParams);
      if (answered) send(response, 200, answered);
      else send(response, 404, plain('there is nothing there'));
    } catch (error) {
      const sentence = (error as Error).message;
      const isTheirs = error instanceof Failure || isSentence(error) || (error as Error).name === 'ReplayError';
      const body = JSON.stringify({ error: isTheirs ? sentence : `[mmucheck bug] ${sentence}` });
      send(response, isTheirs ? 400 : 500, { type: 'application/json', body });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Failure(exitCodes.system, `port ${port} cannot be had: ${error.message}; leave out --port for any`));
    });
    server.listen(port, loopback, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${loopback}:${taken}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plain(sentence: string): Answer {
  return { type: 'text/plain', body: `mmucheck: ${sentence}\n` };
}

/** Why a request gets no answer; undefined when it gets one. */
function refusal(
  { method, headers, url = '' }: IncomingMessage,
  token: string,
  port: number,
): { status: number; sentence: string } | undefined {
  // Another name for this address is another site, which a browser was led here from.
  if (![loopback, 'localhost'].some((name) => headers.host === `${name}:${port}`))
    return { status: 403, sentence: 'this address goes by another name' };
  const given = Buffer.from(url.split(/[/?]/)[1] ?? '');
  const wanted = Buffer.from(token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || url[token.length + 1] !== '/')
    return { status: 403, sentence: 'the address needs the token that mmucheck view has printed' };
  return method === 'GET' || method === 'HEAD' ? undefined : { status: 405, sentence: 'only GET is answered' };
}

function send(response: ServerResponse, status: number, { type, body }: Answer): void {
  response
    .writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    .end(body);
}
