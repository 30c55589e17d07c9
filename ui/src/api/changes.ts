/** A change that is asked of the server; what it touches is read again, whatever came of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

/** Do `work`, then have read again what is kept under these names. */
export function useChange<Sent, Answer>(names: readonly string[], work: (sent: Sent) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: () => Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}
