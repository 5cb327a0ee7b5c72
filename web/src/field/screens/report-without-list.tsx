import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { T } from "../words";
import { UnlistedForm } from "./unlisted";

/** A find can be reported while the list is closed: the outbox needs no PIN. */
export function ReportWithoutList() {
  const { current } = useStore(app);
  const [isOpen, setOpen] = useState(false);
  if (!current) return null;
  return (
    <div class="section">
      {isOpen ? (
        <UnlistedForm onDone={() => setOpen(false)} />
      ) : (
        <>
          <p>
            <T k="reportWithoutListText" />
          </p>
          <Button wide icon="add" onClick={() => setOpen(true)}>
            <T k="reportWithoutList" />
          </Button>
        </>
      )}
    </div>
  );
}
