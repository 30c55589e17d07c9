/** Draws values over time on a canvas; where the marks of its axes stand. Knows neither words nor pages. */

export interface Line {
  label: string;
  /** The name of a colour of the theme, such as --accent. */
  colour: string;
  values: (number | null)[];
  bars?: boolean;
}

export interface Plot {
  /** Seconds since 1970. */
  times: number[];
  lines: Line[];
  /** From when to when it reaches, in seconds since 1970; as far as the values where nothing is said. */
  span?: [number, number];
  /** Whether there are no parts of one: marks between whole numbers are left out. */
  whole?: boolean;
}

interface Look {
  width: number;
  height: number;
  language: string;
  format: (value: number) => string;
  /** Gives a colour of the theme. */
  colour: (name: string) => string;
  /** Which time is pointed at; -1 if none is. */
  pointed: number;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const STEPS = [
  ...[1, 5, 10, 15, 30].flatMap((each) => [each, each * MINUTE]),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 5, 10, 30].map((each) => each * DAY),
].sort((a, b) => a - b);
const LEFT = 56;
const BELOW = 28;
const EDGE = 8;
const WIDEST_BAR = 28;

/** Seconds between local time and the world's. */
const zone = (at: number) => new Date(at * 1000).getTimezoneOffset() * MINUTE;

/** Round times, by the clock on the wall, of which at most `most` fit between two. */
export function timeMarks(from: number, until: number, most: number): { marks: number[]; step: number } {
  const step = STEPS.find((each) => (until - from) / each <= most) ?? DAY * Math.ceil((until - from) / DAY / most);
  const marks: number[] = [];
  for (let local = Math.ceil((from - zone(from)) / step) * step; ; local += step) {
    const mark = local + zone(local + zone(from));
    if (!(mark <= until)) return { marks, step };
    marks.push(mark);
  }
}

/** Round numbers from zero up to `top`, of which there are about `most`. */
export function valueMarks(top: number, most: number, whole = false): number[] {
  const raw = top / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const nice = ([1, 2, 2.5, 5, 10].find((each) => each * power >= raw * 0.999) ?? 10) * power;
  const step = whole ? Math.max(1, Math.ceil(nice)) : nice;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, place) => place * step);
}

/** From when to when it reaches. A bar stands astride its time, so the first and the last need half a step more. */
export function reach({ times, lines, span }: Plot): [number, number] {
  if (span) return span;
  const [first = 0, second = first + 1] = times;
  const half = lines.some((line) => line.bars) ? (second - first) / 2 : 0;
  return [first - half, Math.max(times.at(-1) ?? 0, first + 1) + half];
}

/** Where times and values lie in a drawing of this size. */
function measure(plot: Plot, { width, height }: Pick<Look, "width" | "height">) {
  const [from, until] = reach(plot);
  const most = Math.max(...plot.lines.flatMap((line) => line.values.map((value) => value ?? 0)), 0);
  const top = Math.max(most * 1.1, plot.whole ? 1 : 1e-6);
  const floor = height - BELOW;
  const wide = width - LEFT - EDGE;
  return {
    from,
    until,
    top,
    floor,
    wide,
    x: (time: number) => LEFT + ((time - from) / (until - from)) * wide,
    y: (value: number) => floor - (value / top) * (floor - EDGE),
  };
}

type Measured = ReturnType<typeof measure>;

/** Which of the times is nearest to a place of the drawing; -1 if there are none. */
export function nearest(plot: Plot, width: number, place: number): number {
  const { x } = measure(plot, { width, height: 0 });
  let best = -1;
  plot.times.forEach((time, at) => {
    const known = plot.times[best];
    if (known === undefined || Math.abs(x(time) - place) < Math.abs(x(known) - place)) best = at;
  });
  return best;
}

function drawAxes(ink: CanvasRenderingContext2D, plot: Plot, look: Look, at: Measured): void {
  ink.font = "11px ui-sans-serif, system-ui, sans-serif";
  ink.fillStyle = look.colour("--muted");
  ink.strokeStyle = look.colour("--line");
  ink.textBaseline = "middle";
  ink.textAlign = "right";
  for (const value of valueMarks(at.top, (at.floor - EDGE) / 32, plot.whole)) {
    const height = Math.round(at.y(value)) + 0.5;
    ink.beginPath();
    ink.moveTo(LEFT, height);
    ink.lineTo(LEFT + at.wide, height);
    ink.stroke();
    ink.fillText(look.format(value), LEFT - EDGE, height);
  }
  ink.textAlign = "center";
  const { marks, step } = timeMarks(at.from, at.until, at.wide / 56);
  const told = new Intl.DateTimeFormat(
    look.language,
    step >= DAY
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", second: step < MINUTE ? "2-digit" : undefined, hourCycle: "h23" },
  );
  for (const mark of marks) {
    const text = told.format(mark * 1000);
    const half = ink.measureText(text).width / 2;
    if (at.x(mark) + half <= look.width) ink.fillText(text, at.x(mark), at.floor + BELOW / 2);
  }
}

function drawBars(ink: CanvasRenderingContext2D, plot: Plot, line: Line, at: Measured): void {
  const [first = 0, second = at.until] = plot.times;
  const wide = Math.max(1, Math.min(WIDEST_BAR, (at.x(second) - at.x(first)) * 0.7));
  line.values.forEach((value, place) => {
    if (!value) return;
    const high = at.y(value);
    ink.beginPath();
    ink.roundRect(at.x(plot.times[place] ?? 0) - wide / 2, high, wide, at.floor - high, [
      wide * 0.15,
      wide * 0.15,
      0,
      0,
    ]);
    ink.fill();
  });
}

function drawLine(ink: CanvasRenderingContext2D, plot: Plot, line: Line, at: Measured): void {
  ink.lineWidth = 2;
  ink.lineJoin = "round";
  ink.beginPath();
  line.values.forEach((value, place) => {
    if (value !== null) ink.lineTo(at.x(plot.times[place] ?? 0), at.y(value));
  });
  ink.stroke();
  ink.lineWidth = 1;
}

function drawPointed(ink: CanvasRenderingContext2D, plot: Plot, look: Look, at: Measured): void {
  const time = plot.times[look.pointed];
  if (time === undefined) return;
  const place = Math.round(at.x(time)) + 0.5;
  ink.strokeStyle = look.colour("--muted");
  ink.setLineDash([4, 3]);
  ink.beginPath();
  ink.moveTo(place, EDGE);
  ink.lineTo(place, at.floor);
  ink.stroke();
  ink.setLineDash([]);
  for (const line of plot.lines) {
    const value = line.values[look.pointed];
    if (value == null) continue;
    ink.fillStyle = look.colour(line.colour);
    ink.beginPath();
    ink.arc(place, at.y(value), 3, 0, 7);
    ink.fill();
  }
}

/** Draw all of it anew. */
export function draw(canvas: HTMLCanvasElement, plot: Plot, look: Look): void {
  const ink = canvas.getContext("2d");
  if (!ink || look.width < LEFT + EDGE || look.height < BELOW + EDGE) return;
  canvas.width = Math.round(look.width * devicePixelRatio);
  canvas.height = Math.round(look.height * devicePixelRatio);
  ink.scale(devicePixelRatio, devicePixelRatio);
  const at = measure(plot, look);
  drawAxes(ink, plot, look, at);
  ink.save();
  ink.beginPath();
  ink.rect(LEFT, 0, at.wide, at.floor + 1);
  ink.clip();
  for (const line of plot.lines) {
    ink.fillStyle = ink.strokeStyle = look.colour(line.colour);
    (line.bars ? drawBars : drawLine)(ink, plot, line, at);
  }
  ink.restore();
  drawPointed(ink, plot, look, at);
}
