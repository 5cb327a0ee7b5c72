import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Page } from "../page";
import { letGo, takeBack } from "./acts";
import { GuestWords } from "./here";
import { to } from "./home";
import type { AtGate } from "./use-gate";
import { G, gtext } from "./words";

/** Somebody who is here: leaves, is out for the night, or was received by mistake. */
export function GuestPage({ at, id }: { at: AtGate; id: string }) {
  const guest = at.guests.find((one) => one.key === id || one.personId === id);
  const [destination, setDestination] = useState("");
  const who = guest?.name || guest?.kana || gtext("nameless");
  if (!guest) {
    return (
      <Page title={<G k="guestGone" />} hasBack>
        <Button wide onClick={() => to("home")}>
          <G k="next" />
        </Button>
      </Page>
    );
  }
  const leave = (act: "check_out" | "overnight_leave") =>
    void letGo(at.gate, { ...guest, name: who }, act, destination).then(
      (isKept) => isKept && to("here"),
    );
  return (
    <Page title={<G k="guestTitle" p={{ who }} />} hasBack>
      <p class="gate-person">
        <GuestWords guest={guest} />
      </p>
      {guest.isContested && (
        <Banner tone="warn" title={<G k="contested" />}>
          <G k="contestedText" />
        </Banner>
      )}
      <Field
        label={<G k="leaveTo" />}
        value={destination}
        onValue={setDestination}
        autocomplete="off"
        maxLength={200}
      />
      <div class="menu">
        <Button wide look="primary" onClick={() => leave("check_out")}>
          <G k="leave" />
        </Button>
        {guest.siteId && !guest.isOutTonight && (
          <Button wide onClick={() => leave("overnight_leave")}>
            <G k="night" />
          </Button>
        )}
        <Button wide icon="add" onClick={() => to("stranger", guest.key)}>
          <G k="oneMore" />
        </Button>
        {guest.undoable && (
          <Button
            wide
            icon="undo"
            onClick={() => {
              if (guest.undoable) void takeBack(at.gate, guest.undoable).then(() => to("here"));
            }}
          >
            <G k="undo" />
          </Button>
        )}
      </div>
    </Page>
  );
}
