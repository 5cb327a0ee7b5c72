import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { roundNow, sayFound } from "../actions";
import { app, back, currentOnPhone } from "../app";
import { Page } from "../page";
import { type Need, RESCUE_NEEDS, SUPPORT_NEEDS } from "../vocabulary";
import { T, text } from "../words";

/** Someone who is on no list: place and need suffice. */
export function Unlisted() {
  return (
    <Page title={<T k="unlistedTitle" />} hasBack>
      <UnlistedForm />
    </Page>
  );
}

function UnlistedForm() {
  useStore(app);
  const [place, setPlace] = useState("");
  const [label, setLabel] = useState("");
  const [need, setNeed] = useState<Need | "safe" | null>(null);
  const [point, setPoint] = useState<{ lon: number; lat: number } | null>(null);
  const [missing, setMissing] = useState<{ place: boolean; need: boolean } | null>(null);

  if (!roundNow() && !currentOnPhone())
    return <Banner tone="info" title={<T k="unlistedNoRound" />} />;
  const save = () => {
    const lacks = { place: place.trim() === "" && point === null, need: need === null };
    setMissing(lacks);
    if (lacks.place || need === null) return;
    const find = { place: place.trim(), label: label.trim(), need, point };
    void sayFound(find).then((isKept) => isKept && back());
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <p>
        <T k="unlistedText" />
      </p>
      <Field
        label={<T k="unlistedPlace" />}
        hint={<T k="unlistedPlaceHint" />}
        error={missing?.place && text("unlistedPlaceMissing")}
        value={place}
        onValue={setPlace}
        autocomplete="off"
        maxLength={200}
      />
      <Here onPoint={setPoint} />
      <NeedRadios
        legend={<T k="unlistedNeed" />}
        error={missing?.need ? text("unlistedNeedMissing") : undefined}
        needs={[...RESCUE_NEEDS, ...SUPPORT_NEEDS, "safe"]}
        chosen={need}
        onChoose={setNeed}
      />
      <Field
        label={<T k="unlistedName" />}
        value={label}
        onValue={setLabel}
        autocomplete="off"
        maxLength={100}
      />
      <Button type="submit" look="primary" icon="send" wide>
        <T k="unlistedSave" />
      </Button>
    </form>
  );
}

/** Large choices of which one is taken; the same words as for a listed person. */
export function NeedRadios<Choice extends Need | "safe">(props: {
  legend: preact.ComponentChildren;
  error?: string | undefined;
  needs: readonly Choice[];
  chosen: Choice | null;
  onChoose: (need: Choice) => void;
}) {
  return (
    <fieldset class="radios">
      <legend>{props.legend}</legend>
      {props.error && (
        <p class="field-error" role="alert">
          {props.error}
        </p>
      )}
      {props.needs.map((need) => (
        <label key={need} class="radio">
          <input
            type="radio"
            name="need"
            checked={props.chosen === need}
            onChange={() => props.onChoose(need)}
          />
          <span>{need === "safe" ? <T k="unlistedSafe" /> : <T k={`need_${need as Need}`} />}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Adds the phone's own position, when the volunteer asks for it. */
function Here({ onPoint }: { onPoint: (point: { lon: number; lat: number }) => void }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  if (typeof navigator === "undefined" || !navigator.geolocation) return null;
  const ask = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        onPoint({ lon: coords.longitude, lat: coords.latitude });
        setState("done");
      },
      () => setState("failed"),
      { timeout: 10_000, maximumAge: 60_000 },
    );
  return (
    <>
      <Button wide icon="home" onClick={ask}>
        <T k="unlistedHere" />
      </Button>
      <p role="status">
        {state === "done" && <T k="unlistedHereDone" />}
        {state === "failed" && <T k="unlistedHereFailed" />}
      </p>
    </>
  );
}
