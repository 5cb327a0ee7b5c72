import { useState } from "preact/hooks";
import { api, type Problem } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { tell } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Password and code once more (`POST /session/step-up`): before what weighs much, and to open what was hidden. */
export function SecondFactor(props: { onDone: () => void; onCancel?: () => void }) {
  const w = useWords(words);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [byPaper, setByPaper] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const second = byPaper ? { recovery_code: code } : { totp: code };
    const told = await tell(() => api.POST("/session/step-up", { body: { password, ...second } }));
    setBusy(false);
    if (told.ok) props.onDone();
    else setProblem(told.problem);
  }

  return (
    <form onSubmit={submit}>
      <ProblemBanner problem={problem} />
      <Field
        label={w.text("login.password")}
        value={password}
        onValue={setPassword}
        type="password"
        autocomplete="current-password"
        required
      />
      <Field
        label={w.text(byPaper ? "login.recovery" : "login.totp")}
        hint={w.text(byPaper ? "login.recovery.hint" : "stepup.totp.hint")}
        value={code}
        onValue={setCode}
        autocomplete={byPaper ? "off" : "one-time-code"}
        inputMode={byPaper ? "text" : "numeric"}
        spellcheck={false}
        required
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={busy}>
          {w.text(busy ? "login.busy" : "stepup.submit")}
        </Button>
        {props.onCancel && <Button onClick={props.onCancel}>{w.text("cancel")}</Button>}
      </div>
      <Button look="quiet" onClick={() => setByPaper(!byPaper)}>
        {w.text(byPaper ? "login.use.totp" : "login.use.recovery")}
      </Button>
    </form>
  );
}
