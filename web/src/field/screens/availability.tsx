import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { sayAvailability } from "../actions";
import { go } from "../app";
import { Choice, Page } from "../page";
import { T, text } from "../words";

const LABELS = {
  available: "availabilityAvailable",
  later: "availabilityLater",
  unavailable: "availabilityUnavailable",
} as const;

/** The volunteer's own state comes before anybody else's. */
export function Availability() {
  const choose = (status: keyof typeof LABELS) =>
    void sayAvailability(status).then((isKept) => {
      if (!isKept) return;
      announce(text("availabilitySaid", { status: text(LABELS[status]) }));
      go({ name: "list" }, true);
    });
  return (
    <Page title={<T k="availabilityTitle" />}>
      <p>
        <T k="availabilityText" />
      </p>
      <div class="choices">
        <Choice look="ok" icon="ok" onClick={() => choose("available")}>
          <T k="availabilityAvailable" />
        </Choice>
        <Choice look="warn" icon="wait" onClick={() => choose("later")}>
          <T k="availabilityLater" />
        </Choice>
        <Choice icon="cross" onClick={() => choose("unavailable")}>
          <T k="availabilityUnavailable" />
        </Choice>
      </div>
      <Button look="quiet" wide onClick={() => go({ name: "list" }, true)}>
        <T k="availabilitySkip" />
      </Button>
    </Page>
  );
}
