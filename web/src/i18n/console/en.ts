import type { Key } from "./ja";

export default {
  title: "Machimori headquarters",
  "login.name": "Login name",
  "login.password": "Password",
  "login.totp": "Code (6 digits)",
  "login.totp.hint": "The digits your authenticator app shows.",
  "login.recovery": "Printed recovery code",
  "login.recovery.hint": "One of the ten-character codes on paper. Each works once.",
  "login.submit": "Log in",
  "login.busy": "Checking…",
  "login.failed": "Could not log in",
  "login.use.recovery": "No authenticator? Use a printed recovery code",
  "login.use.totp": "Use the authenticator's code",
} satisfies Record<Key, string>;
