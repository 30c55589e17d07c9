import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDark } from "@/lib/theme";
import { draw, nearest, type Plot } from "./plot";

interface Props extends Plot {
  label: string;
  format: (value: number) => string;
  formatTime: (seconds: number) => string;
  /** How high it is at least, in pixels; where there is more room it takes it. */
  height?: number;
}

/** The size of an element, which follows it. */
function useSize() {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return { box, ...size };
}

/** Values over time, drawn; and the same as a table, for whoever cannot see the drawing. */
export function Chart({ label, format, formatTime, height: least = 200, ...plot }: Props) {
  const { t, i18n } = useTranslation();
  const { times, lines } = plot;
  const { box, width, height } = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState(-1);
  useDark(); // another theme has other colours
  const { language } = i18n;
  // What is drawn may change with every property, and drawing costs less than to compare them all.
  useEffect(() => {
    if (!canvas.current || !width) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    draw(canvas.current, plot, { width, height, language, format, colour, pointed });
  });
  const point = (event: PointerEvent<HTMLElement>) =>
    setPointed(nearest(plot, width, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const at = times[pointed];
  return (
    <figure className="flex h-full min-w-0 flex-col">
      {/* It fills what there is: the drawing lies upon the room and never makes it larger. */}
      <div
        className="relative flex-1"
        style={{ minHeight: least }}
        onPointerMove={point}
        onPointerLeave={() => setPointed(-1)}
        aria-hidden
      >
        <div ref={box} className="absolute inset-0">
          <canvas ref={canvas} className="size-full" />
        </div>
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
