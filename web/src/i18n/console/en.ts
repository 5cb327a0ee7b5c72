import channels from "./en/channels";
import city from "./en/city";
import drills from "./en/drills";
import frame from "./en/frame";
import gate from "./en/gate";
import imports from "./en/imports";
import law from "./en/law-and-lists";
import mails from "./en/mails";
import members from "./en/members";
import plans from "./en/plans";
import reports from "./en/reports";
import residents from "./en/residents";
import rounds from "./en/rounds";
import shelters from "./en/shelters";
import victims from "./en/victims";
import working from "./en/working";
import type { Key } from "./ja";

export default {
  ...frame,
  ...city,
  ...rounds,
  ...members,
  ...residents,
  ...law,
  ...imports,
  ...channels,
  ...mails,
  ...working,
  ...drills,
  ...reports,
  ...shelters,
  ...gate,
  ...victims,
  ...plans,
} satisfies Record<Key, string>;
