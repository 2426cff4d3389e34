import { useState } from "react";
import { createRoot } from "react-dom/client";

function App() {
  const [asked, setAsked] = useState("nothing yet");
  const [collection, setCollection] = useState("shop");
  return (
    <>
      <faq-search collection={collection} top={2} labels={JSON.stringify({ person: "Ring us" })} offline={false}
        onfaq-search={(event) => setAsked(event.detail.query)} />
      <p id="asked">{asked}</p>
      <button onClick={() => setCollection("strict")}>Another collection</button>
    </>
  );
}

createRoot(document.querySelector("#app")).render(<App />);
