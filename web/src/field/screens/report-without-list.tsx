import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app, currentOnPhone, go, isAtDesk } from "../app";
import { T } from "../words";

/** What can be done while the list is closed: the outbox needs no PIN. A find goes into the round worked in, or into one begun now. */
export function ReportWithoutList() {
  useStore(app);
  const current = currentOnPhone();
  return (
    <>
      {current && (
        <div class="section">
          <p>
            <T k="reportWithoutListText" />
          </p>
          <Button wide icon="add" onClick={() => go({ name: "unlisted" })}>
            <T k="reportWithoutList" />
          </Button>
        </div>
      )}
      {current?.eventKind !== "disaster" && !isAtDesk() && (
        <div class="section">
          <p>
            <T k="startWithoutListText" />
          </p>
          <Button wide look="danger" icon="danger" onClick={() => go({ name: "start" })}>
            <T k="startWithoutList" />
          </Button>
        </div>
      )}
    </>
  );
}
