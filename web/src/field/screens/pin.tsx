import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { app, choosePin, enrolAgain, go, tryPin } from "../app";
import { Page } from "../page";
import { T, text } from "../words";
import { DistrictPhone } from "./contact";
import { ReportWithoutList } from "./report-without-list";

function digitsOf(typed: string): string {
  return typed.normalize("NFKC").replace(/\D/g, "").slice(0, 6);
}

/** Numbers that whoever finds the phone tries first. */
export function isEasyPin(pin: string): boolean {
  const steps = new Set([...pin].slice(1).map((digit, i) => Number(digit) - Number(pin[i])));
  return steps.size === 1 && [0, 1, -1].some((step) => steps.has(step));
}

export function ChoosePin() {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<"pinShort" | "pinEasy" | "pinDiffers" | null>(null);

  const save = async () => {
    if (isBusy) return;
    if (first.length !== 6) return setWrong("pinShort");
    if (isEasyPin(first)) return setWrong("pinEasy");
    if (first !== second) return setWrong("pinDiffers");
    setWrong(null);
    setBusy(true);
    await choosePin(first);
  };

  return (
    <Page title={<T k="pinTitle" />}>
      <p>
        <T k="pinText" />
      </p>
      <p>
        <T k="pinLimit" />
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <PinField
          label={<T k="pinFirst" />}
          value={first}
          onValue={setFirst}
          error={wrong && wrong !== "pinDiffers" ? text(wrong) : undefined}
        />
        <PinField
          label={<T k="pinSecond" />}
          value={second}
          onValue={setSecond}
          error={wrong === "pinDiffers" ? text(wrong) : undefined}
        />
        <Button type="submit" look="primary" wide aria-busy={isBusy}>
          <T k={isBusy ? "pinBusy" : "pinSave"} />
        </Button>
      </form>
    </Page>
  );
}

function PinField(props: {
  label: preact.ComponentChildren;
  value: string;
  onValue: (value: string) => void;
  error?: string | undefined;
}) {
  return (
    <div class="pin">
      <Field
        label={props.label}
        value={props.value}
        onValue={(typed) => props.onValue(digitsOf(typed))}
        error={props.error}
        type="password"
        inputMode="numeric"
        autocomplete="off"
      />
    </div>
  );
}

/** What waits leaves by another phone, without the PIN: it was sealed when it was recorded. */
function CarryWithoutList() {
  const { sync } = useStore(app);
  if (sync.waiting === 0) return null;
  return (
    <div class="section">
      <p>
        <T k="carryClosedText" />
      </p>
      <Button wide icon="send" onClick={() => go({ name: "carry" })}>
        <T k="carryClosed" />
      </Button>
    </div>
  );
}

/** The list is closed. Sending goes on; a find can be reported without it. */
export function Locked() {
  const { device } = useStore(app);
  const [pin, setPin] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [left, setLeft] = useState<number | null>(null);

  const open = async () => {
    if (isBusy || pin.length !== 6) return;
    setBusy(true);
    const answer = await tryPin(pin);
    if (answer.result !== "wrong") return;
    setBusy(false);
    setPin("");
    setLeft(answer.left);
  };

  return (
    <Page title={<T k="lockTitle" />}>
      {device?.volunteer && (
        <p>
          <T k="lockHello" p={{ name: device.volunteer.name }} />
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <PinField
          label={<T k="lockPin" />}
          value={pin}
          onValue={setPin}
          error={left === null ? undefined : text("lockWrong", { left })}
        />
        <Button type="submit" look="primary" wide aria-busy={isBusy}>
          <T k={isBusy ? "lockBusy" : "lockOpen"} />
        </Button>
      </form>
      <ReportWithoutList />
      <CarryWithoutList />
      <div class="section">
        <p>
          <T k="lockForgot" />
        </p>
        <DistrictPhone />
      </div>
    </Page>
  );
}

/** The phone can no longer read the list: says why, that what waits is safe, and whom to call. */
export function Ended() {
  const { device, sync } = useStore(app);
  return (
    <Page title={<T k="endedTitle" />}>
      <p>
        <T k={device?.isRevoked ? "endedRevoked" : "endedPins"} />
      </p>
      {sync.waiting > 0 ? (
        <Banner tone="info" title={<T k="endedSafe" p={{ n: sync.waiting }} />} />
      ) : (
        <p>
          <T k="endedNone" />
        </p>
      )}
      <p>
        <T k="endedCall" />
      </p>
      <DistrictPhone />
      <CarryWithoutList />
      <div class="section">
        <Button wide onClick={enrolAgain}>
          <T k="endedEnrol" />
        </Button>
      </div>
      <ReportWithoutList />
    </Page>
  );
}
