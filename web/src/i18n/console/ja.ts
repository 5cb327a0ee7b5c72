import channels from "./ja/channels";
import city from "./ja/city";
import drills from "./ja/drills";
import frame from "./ja/frame";
import gate from "./ja/gate";
import imports from "./ja/imports";
import law from "./ja/law-and-lists";
import mails from "./ja/mails";
import members from "./ja/members";
import plans from "./ja/plans";
import reports from "./ja/reports";
import residents from "./ja/residents";
import rounds from "./ja/rounds";
import shelters from "./ja/shelters";
import victims from "./ja/victims";
import working from "./ja/working";

const ja = {
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
};

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;
