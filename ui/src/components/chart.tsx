import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { useDark } from "@/lib/theme";

export interface Line {
  label: string;
  /** The name of a colour of the theme, such as --accent. */
  colour: string;
  values: (number | null)[];
  bars?: boolean;
}

interface Props {
  /** Seconds since 1970. */
  times: number[];
  lines: Line[];
  label: string;
  format: (value: number) => string;
  formatTime: (seconds: number) => string;
  /** How high it is at least, in pixels; where there is more room it takes it. */
  height?: number;
  /** From when to when it reaches, in seconds since 1970; as far as the values where nothing is said. */
  span?: [number, number];
  /** Whether there are no parts of one: marks between whole numbers are left out. */
  whole?: boolean;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The marks of the time axis: days where a day has passed from mark to mark, else hours. */
function timeMarks(marks: number[], language: string): string[] {
  const step = (marks[1] ?? 0) - (marks[0] ?? 0);
  const second = step > 0 && step < 60 ? ("2-digit" as const) : undefined;
  const format = new Intl.DateTimeFormat(
    language,
    step >= 86_400
      ? { month: "short", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", second, hourCycle: "h23" },
  );
  return marks.map((mark) => format.format(mark * 1000));
}

/** From when to when it reaches. A bar stands astride its time, so the first and the last need half a step more. */
function reach({ times, lines, span }: Props): [number, number] | undefined {
  if (span) return span;
  const [first, second] = times;
  const last = times.at(-1);
  if (first === undefined || second === undefined || last === undefined) return undefined;
  const half = lines.some((line) => line.bars) ? (second - first) / 2 : 0;
  return [first - half, last + half];
}

interface Room {
  width: number;
  height: number;
}

function options(props: Props, room: Room, language: string, onPoint: (index: number) => void): uPlot.Options {
  const { lines, format, whole } = props;
  const axis: uPlot.Axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px ui-sans-serif, system-ui, sans-serif",
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 28], radius: 0.15 });
  return {
    ...room,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? -1)] },
    axes: [
      { ...axis, size: 28, grid: { show: false }, values: (_, marks) => timeMarks(marks, language) },
      {
        ...axis,
        size: 56,
        values: (_, marks) => marks.map((mark) => (mark === null || (whole && mark % 1 !== 0) ? "" : format(mark))),
      },
    ],
    scales: {
      x: { range: (_, least, most) => reach(props) ?? [least, most] },
      y: { range: (_, __, most) => [0, Math.max(most * 1.1, whole ? 1 : 1e-6)] },
    },
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.bars ? 0 : 2,
        fill: line.bars ? colour(line.colour) : undefined,
        paths: line.bars ? bars : undefined,
        points: { show: false },
        spanGaps: true,
      })),
    ],
  };
}

/** Values over time, drawn; and the same as a table, for whoever cannot see the drawing. */
export function Chart(props: Props) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const { times, lines, label, format, formatTime, height = 200 } = props;
  const box = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const [pointed, setPointed] = useState(-1);
  const data = useMemo(() => [times, ...lines.map((line) => line.values)] as uPlot.AlignedData, [times, lines]);
  const latest = useRef(props);
  latest.current = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const room = () => ({ width: element.clientWidth, height: element.clientHeight });
    const plot = new uPlot(options(latest.current, room(), language, setPointed), data, element);
    const watcher = new ResizeObserver(() => plot.setSize(room()));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [data, dark, language]);
  const at = times[pointed];
  return (
    <figure className="flex h-full min-w-0 flex-col">
      {/* It fills what there is: the drawing lies upon the room and never makes it larger. */}
      <div className="relative flex-1" style={{ minHeight: height }} aria-hidden>
        <div ref={box} className="absolute inset-0" />
      </div>
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1 pt-2 text-muted text-xs">
        {lines.map((line) => {
          const value = line.values[pointed];
          return (
            <span key={line.label} className="flex items-center gap-1.5">
              <span className="size-2 rounded-full" style={{ background: `var(${line.colour})` }} aria-hidden />
              {line.label}
              {value != null && <span className="num text-fg">{format(value)}</span>}
            </span>
          );
        })}
        {at !== undefined && <span className="num ml-auto">{formatTime(at)}</span>}
      </figcaption>
      <table className="sr-only">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t("form.time")}</th>
            {lines.map((line) => (
              <th key={line.label} scope="col">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, place) => (
            <tr key={time}>
              <th scope="row">{formatTime(time)}</th>
              {lines.map((line) => (
                <td key={line.label}>{format(line.values[place] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
