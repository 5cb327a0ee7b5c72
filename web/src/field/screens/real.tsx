import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { nameOf, sayReal } from "../actions";
import { back } from "../app";
import type { PersonView } from "../model";
import { Page } from "../page";
import { type Need, RESCUE_NEEDS } from "../vocabulary";
import { T, text } from "../words";
import { Call119, DistrictPhone } from "./contact";
import { NeedRadios } from "./unlisted";

/** 訓練ではありません: 119 first, then a call that is no part of the drill. */
export function Real({ person }: { person: PersonView | null }) {
  const [place, setPlace] = useState(person?.member.address ?? "");
  const [need, setNeed] = useState<Need | null>(null);
  const [isMissing, setMissing] = useState(false);
  const send = () => {
    setMissing(true);
    if (place.trim() === "" || need === null) return;
    const find = { place: place.trim(), label: "", need, point: null };
    void sayReal(need, person, find).then((isKept) => isKept && back());
  };
  return (
    <Page title={<T k="realTitle" />} hasBack>
      <p>
        <T k="realFirst" />
      </p>
      <Call119 />
      <section class="section">
        <h2>
          <T k="realThen" />
        </h2>
        <p>
          <T k="realText" />
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          {person && (
            <p class="about">
              <T k="realWho" p={{ name: nameOf(person) }} />
            </p>
          )}
          <Field
            label={<T k="realPlace" />}
            error={isMissing && place.trim() === "" ? text("realPlaceMissing") : undefined}
            value={place}
            onValue={setPlace}
            autocomplete="off"
            maxLength={200}
          />
          <NeedRadios
            legend={<T k="realNeed" />}
            error={isMissing && need === null ? text("realNeedMissing") : undefined}
            needs={RESCUE_NEEDS}
            chosen={need}
            onChoose={setNeed}
          />
          <Button type="submit" look="danger" icon="send" wide>
            <T k="realSend" />
          </Button>
        </form>
        <DistrictPhone />
      </section>
    </Page>
  );
}
