import { useMemo } from "react";
import { encode } from "uqr";

/** A code for a phone's camera; always dark on white, whatever the theme. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const { data } = encode(text, { border: 1 });
    const drawn = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
    return { size: data.length, path: drawn };
  }, [text]);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} className="size-40" shapeRendering="crispEdges">
      <path d={path} fill="#111" />
    </svg>
  );
}
