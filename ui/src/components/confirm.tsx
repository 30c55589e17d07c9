import { AlertDialog as Radix } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { giveBack } from "@/lib/focus";
import { Button } from "./button";

interface Question {
  title: string;
  body: ReactNode;
  action: string;
  danger?: boolean;
}
type Ask = (question: Question) => Promise<boolean>;
const AskContext = createContext<Ask>(() => Promise.resolve(false));

/** Ask before something that cannot be taken back. */
export function useConfirm(): Ask {
  return useContext(AskContext);
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<Question | null>(null);
  const [open, setOpen] = useState(false);
  const before = useRef<Element | null>(null);
  const settle = useRef<(answer: boolean) => void>(() => undefined);
  const ask = useCallback<Ask>((asked) => {
    settle.current(false);
    setQuestion(asked);
    setOpen(true);
    return new Promise((resolve) => {
      settle.current = resolve;
    });
  }, []);
  const answer = (value: boolean) => {
    setOpen(false);
    settle.current(value);
  };
  return (
    <AskContext value={ask}>
      {children}
      <Radix.Root open={open} onOpenChange={(now) => !now && answer(false)}>
        <Radix.Portal>
          <Radix.Overlay className="fixed inset-0 z-60 animate-fade bg-overlay" />
          <Radix.Content
            onOpenAutoFocus={() => {
              before.current = document.activeElement;
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              giveBack(before.current);
            }}
            className="fixed inset-x-4 top-[22dvh] z-60 mx-auto max-w-md animate-fade rounded-xl border bg-raised p-5 shadow-pop outline-none"
          >
            <Radix.Title className="font-semibold text-lg">{question?.title}</Radix.Title>
            <Radix.Description asChild>
              <div className="mt-2 break-words text-sm text-soft">{question?.body}</div>
            </Radix.Description>
            <div className="mt-5 flex justify-end gap-2">
              <Radix.Cancel asChild>
                <Button>{t("action.cancel")}</Button>
              </Radix.Cancel>
              <Button look={question?.danger ? "danger" : "primary"} onClick={() => answer(true)}>
                {question?.action}
              </Button>
            </div>
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </AskContext>
  );
}
