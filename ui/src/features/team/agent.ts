/** Which browser a session is from, in a word or two out of what it says of itself. */

const BROWSERS: [string, RegExp][] = [
  ["Edge", /\bEdg\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\bFirefox\//],
  ["Chrome", /\b(?:Headless)?Chrome\//],
  ["Safari", /\bSafari\//],
  ["curl", /^curl\//],
];
const SYSTEMS: [string, RegExp][] = [
  ["iOS", /\b(?:iPhone|iPad)\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

export function agentName(agent: string): string {
  const found = [BROWSERS, SYSTEMS].map((names) => names.find(([, sign]) => sign.test(agent))?.[0]).filter(Boolean);
  return found.join(" · ") || agent.slice(0, 60);
}
