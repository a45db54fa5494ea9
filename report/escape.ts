/** Text that comes from models, made harmless for the formats it goes into. */

const control = /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/gu;

/** Control characters, line breaks and halves of characters as `\u000a`: the text is one line, of what every format can hold. */
export function oneLine(text: string): string {
  return text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text for an element or a quoted attribute of XML; in elements, lines may stay lines. */
export function xml(text: string, lines: 'one line' | 'lines' = 'one line'): string {
  const lawful = lines === 'lines' ? text.split('\n').map(oneLine).join('\n') : oneLine(text);
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return lawful.replace(/[&<>"']/g, (mark) => named[mark] as string);
}
