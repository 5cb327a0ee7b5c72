import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { isInAppBrowser, realBrowserAddress } from "../browser";
import { enrol } from "../enrolment";
import { Page } from "../page";
import { T, text } from "../words";
import { DistrictPhone } from "./contact";

/** The first page of a phone: redeems an invite, only after a tap and only in a browser that keeps what it stores. */
export function Enrol() {
  const { isWiped } = useStore(app);
  const token = /^#i=([\w-]+)/.exec(location.hash)?.[1];
  const [code, setCode] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (isInAppBrowser()) return <RealBrowser />;

  const send = async (secret: { token: string } | { code: string }) => {
    setBusy(true);
    setError(null);
    const answer = await enrol(secret);
    setBusy(false);
    if (!answer.ok) setError(answer.detail ?? text("enrolNoAnswer"));
  };
  const digits = code.normalize("NFKC").replace(/\D/g, "");

  return (
    <Page title={<T k="enrolTitle" />}>
      {isWiped && (
        <Banner tone="warn" title={<T k="wipedTitle" />}>
          <T k="wipedText" />
        </Banner>
      )}
      <p>
        <T k="enrolText" />
      </p>
      <p>
        <T k="enrolPrivate" />
      </p>
      {token && (
        <>
          <Banner tone="info" title={<T k="enrolInvited" />} />
          {error && <Banner tone="danger" title={error} />}
          <Button
            look="primary"
            icon="ok"
            wide
            aria-busy={isBusy}
            onClick={() => isBusy || void send({ token })}
          >
            <T k={isBusy ? "enrolBusy" : "enrolButton"} />
          </Button>
        </>
      )}
      <form
        class="section"
        onSubmit={(event) => {
          event.preventDefault();
          if (isBusy) return;
          if (digits.length === 9) void send({ code: digits });
          else setError(text("enrolCodeShort", { n: digits.length }));
        }}
      >
        <Field
          label={<T k="enrolCode" />}
          hint={<T k="enrolCodeHint" />}
          error={token ? undefined : error}
          value={code}
          onValue={setCode}
          inputMode="numeric"
          autocomplete="one-time-code"
          maxLength={20}
        />
        <Button type="submit" look={token ? "plain" : "primary"} wide aria-busy={isBusy}>
          <T k={isBusy ? "enrolBusy" : "enrolUseCode"} />
        </Button>
      </form>
      <DistrictPhone />
    </Page>
  );
}

function RealBrowser() {
  const [isCopied, setCopied] = useState(false);
  const address = realBrowserAddress(location.href);
  return (
    <Page title={<T k="inAppTitle" />}>
      <p>
        <T k="inAppText" />
      </p>
      {address && (
        <a class="button button-primary button-wide" href={address}>
          <T k="inAppOpen" />
        </a>
      )}
      <Button
        wide
        onClick={() =>
          void navigator.clipboard?.writeText(location.href).then(() => setCopied(true))
        }
      >
        <T k="inAppCopy" />
      </Button>
      <p role="status">{isCopied && <T k="inAppCopied" />}</p>
      <p>
        <T k="inAppHow" />
      </p>
    </Page>
  );
}
