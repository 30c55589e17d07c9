import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { toast } from "@/lib/toasts";
import { Button, IconButton } from "./button";

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https a browser has no clipboard for pages; the old way still works there.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "fixed opacity-0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function CopyButton({
  text,
  label,
  wide,
  className,
}: {
  text: string;
  label?: string;
  wide?: boolean;
  className?: string;
}) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(text)) setCopied(true);
    else toast.bad(t("errors.copy"));
  };
  const icon = copied ? <Check className="size-3.5 text-ok" aria-hidden /> : <Copy className="size-3.5" aria-hidden />;
  const shown = copied ? t("action.copied") : (label ?? t("action.copy"));
  if (wide) {
    return (
      <Button onClick={copy} icon={icon} className={className}>
        {shown}
      </Button>
    );
  }
  return (
    <IconButton label={shown} onClick={copy} size="sm" className={className}>
      {icon}
    </IconButton>
  );
}

/** Text to be copied as it is: a command, a key, an answer. */
export function CodeBlock({ code, className, label }: { code: string; className?: string; label?: string }) {
  const { t } = useTranslation();
  return (
    <div className={cn("group relative rounded-lg border bg-sunken", className)}>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        aria-label={label ?? t("form.code")}
        role="region"
        className="max-h-96 overflow-auto rounded-lg p-3 pr-11 font-mono text-xs leading-relaxed"
      >
        {code}
      </pre>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken shadow-[0_0_0_4px_var(--sunken)]">
        <CopyButton text={code} />
      </div>
    </div>
  );
}
