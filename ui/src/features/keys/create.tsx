import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyMade } from "@/api/schema";
import { Dialog } from "@/components/dialog";
import { useKeyChanges } from "./data";
import { NEW_KEY } from "./fields";
import { KeyForm } from "./form";
import { Made } from "./made";

export function CreateKey({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { create } = useKeyChanges();
  const [made, setMade] = useState<KeyMade | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={made ? made.name : t("keys.create")}
      description={made ? undefined : t("keys.createHint")}
      sticky
    >
      {made ? (
        <Made made={made} onDone={close} />
      ) : (
        <KeyForm
          before={NEW_KEY}
          action={t("keys.make")}
          onCancel={close}
          onSave={async (body) => setMade(await create.mutateAsync({ ...body, name: body.name ?? "" }))}
        />
      )}
    </Dialog>
  );
}
