/** Markdown as elements: no text of a model ever becomes HTML, and links lead to the web only. */
import { lexer, type Token, type Tokens } from "marked";
import { Fragment, memo, type ReactNode } from "react";
import { safeLink, safePicture } from "@/lib/addresses";
import { CodeBlock } from "./copy";

function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => {
    const signs: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
    return signs[name] ?? whole;
  });
}

function Link({ address, children }: { address: string; children: ReactNode }) {
  const safe = safeLink(address, location.origin);
  if (!safe) return <span>{children}</span>;
  return (
    <a href={safe} target="_blank" rel="noreferrer" className="text-accent-text underline underline-offset-2">
      {children}
    </a>
  );
}

function Picture({ token }: { token: Tokens.Image }) {
  const shown = safePicture(token.href, location.origin);
  if (!shown) return <Link address={token.href}>{token.text || token.href}</Link>;
  return <img src={shown} alt={token.text} className="my-2 max-h-96 max-w-full rounded-lg border" />;
}

function inline(tokens: Token[] | undefined): ReactNode {
  return tokens?.map((token, place) => <Fragment key={place}>{inlineOne(token)}</Fragment>);
}

function inlineOne(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens)}</strong>;
    case "em":
      return <em>{inline(token.tokens)}</em>;
    case "del":
      return <del>{inline(token.tokens)}</del>;
    case "codespan":
      return <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.9em]">{plain(token.text)}</code>;
    case "br":
      return <br />;
    case "link":
      return <Link address={token.href}>{inline(token.tokens)}</Link>;
    case "image":
      return <Picture token={token as Tokens.Image} />;
    default:
      return "tokens" in token && token.tokens ? inline(token.tokens) : plain("text" in token ? token.text : token.raw);
  }
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, place) => <li key={place}>{blocks(item.tokens)}</li>);
  return token.ordered ? (
    <ol start={Number(token.start) || 1} className="list-decimal space-y-1 pl-6">
      {items}
    </ol>
  ) : (
    <ul className="list-disc space-y-1 pl-6">{items}</ul>
  );
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <div className="overflow-x-auto">
      <table className="border-collapse text-sm">
        <thead>
          <tr>
            {token.header.map((cell, place) => (
              <th key={place} className="border px-2.5 py-1.5 text-left font-semibold">
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, place) => (
                <td key={place} className="border px-2.5 py-1.5">
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function block(token: Token): ReactNode {
  switch (token.type) {
    case "space":
      return null;
    case "heading":
      return <p className="mt-2 font-semibold text-lg">{inline(token.tokens)}</p>;
    case "paragraph":
      return <p className="break-words">{inline(token.tokens)}</p>;
    case "text":
      return <span>{"tokens" in token && token.tokens ? inline(token.tokens) : plain(token.text)}</span>;
    case "code":
      return <CodeBlock code={token.text} />;
    case "blockquote":
      return (
        <blockquote className="border-line-strong border-l-2 pl-3 text-soft">{blocks(token.tokens ?? [])}</blockquote>
      );
    case "list":
      return <List token={token as Tokens.List} />;
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    default:
      return <p className="whitespace-pre-wrap break-words">{token.raw}</p>;
  }
}

function blocks(tokens: Token[]): ReactNode {
  return tokens.map((token, place) => <Fragment key={place}>{block(token)}</Fragment>);
}

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-3 text-base leading-relaxed">
      {blocks(lexer(text, { gfm: true, breaks: true }))}
    </div>
  );
});
