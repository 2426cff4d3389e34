// What TypeScript makes of the declarations; a line that expects an error fails where there is none.
import { FaqSearch, type Answer, type FaqSelectDetail } from "../../search/web/widget/v1/faq-search.js";

const box = document.querySelector("faq-search");
if (box instanceof FaqSearch) {
  box.collection = "shop";
  box.tags = ["returns", "orders"];
  box.top = 3;
  box.labels = { person: "Ring us" };
  box.theme = "dark";
  const answered: Promise<Answer | null> = box.search("where is my order?");
  answered.then((answer) => answer?.hits?.[0]?.confidence.toFixed(2));
  // @ts-expect-error there is no such theme
  box.theme = "pink";
  // @ts-expect-error it can't be set
  box.answer = null;
}
document.addEventListener("faq-select", (event) => {
  const detail: FaqSelectDetail = event.detail;
  const position: number | undefined = detail.position;
  // @ts-expect-error it has no such field
  detail.colour;
  return position;
});
FaqSearch.languages.fr = { person: "Parler à quelqu’un" };
