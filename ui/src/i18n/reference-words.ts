/**
 * The words of the API reference in Chinese. Loaded only when the Chinese console shows that page: never import it by
 * name.
 *
 * `parameter-words` are written by `make types`, from the words of the parameter page; all others are written by hand. A
 * paragraph is known as a whole, or is the sentence of a policy and a note behind it. Whatever no words are for stays as
 * it is.
 */
import notes from "./parameter-words.zh-CN.json";
import groups from "./reference-words.zh-CN.json";

const phrases = new Map<string, string>(Object.values(groups).flatMap((group) => Object.entries(group)));
const noted = new Map<string, string>(Object.entries(notes));
const policies = Object.entries(groups.policies);

/** A paragraph of a document in Chinese, if there are words for it. */
export function inChinese(paragraph: string): string {
  const known = phrases.get(paragraph);
  if (known !== undefined) return known;
  for (const [policy, chinese] of policies) {
    const note = paragraph.startsWith(`${policy} `) ? noted.get(paragraph.slice(policy.length + 1)) : undefined;
    if (note !== undefined) return chinese + note;
  }
  return paragraph;
}
