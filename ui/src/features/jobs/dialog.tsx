import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { isRunning } from "@/api/queries";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { useFailure } from "@/lib/failure";
import { useJob } from "./follow";
import { JobProgress, JobResult } from "./view";

/** Shows long work while it goes on; closed, it goes on by itself. */
export function JobDialog({ id, title, onClose }: { id: string | null; title: string; onClose: () => void }) {
  const { t } = useTranslation();
  const failed = useFailure();
  const job = useJob(id);
  const running = job !== null && isRunning(job.state);
  return (
    <Dialog
      open={id !== null}
      onClose={onClose}
      title={title}
      sticky
      footer={
        <>
          {running && (
            <Button
              look="danger"
              disabled={job.cancel_requested}
              onClick={() => id && void api.delete(`/jobs/${encodeURIComponent(id)}`).catch(failed)}
            >
              {job.cancel_requested ? t("jobs.stopping") : t("jobs.stop")}
            </Button>
          )}
          <Button look={running ? "secondary" : "primary"} onClick={onClose}>
            {running ? t("jobs.background") : t("action.done")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <JobProgress job={job} />
        {job && !running && <JobResult result={job.result} />}
      </div>
    </Dialog>
  );
}
