import { type ReactNode, startTransition, useEffect, useState } from "react";

/**
 * Content that may come a moment after its place: React makes it in small steps between frames, and leaves it
 * unmade where its place is gone before. So a list of heavy rows scrolls as smoothly as its places do.
 */
export function Deferred({ place, children }: { place: ReactNode; children: ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => startTransition(() => setDue(true)), []);
  return due ? children : place;
}
