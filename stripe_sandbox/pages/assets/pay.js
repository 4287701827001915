"use strict";
// Comfort only: the page works without it. Spaces in the card number, the slash in the expiry, one press of the button.
(() => {
  const byId = (id) => document.getElementById(id);
  const number = byId("card_number"), expiry = byId("card_expiry"), cvc = byId("card_cvc");
  const form = byId("pay_form"), button = byId("pay");
  const digits = (text, most) => text.replace(/\D/g, "").slice(0, most);
  if (number) {
    number.addEventListener("input", () => {
      number.value = digits(number.value, 19).replace(/(\d{4})(?=\d)/g, "$1 ");
    });
    expiry.addEventListener("input", (event) => {
      const only = digits(expiry.value, 4);
      const erasing = event.inputType && event.inputType.startsWith("delete");
      expiry.value = only.length > 2 || (only.length === 2 && !erasing) ? `${only.slice(0, 2)} / ${only.slice(2)}` : only;
    });
    document.querySelectorAll("button[data-card]").forEach((each) => each.addEventListener("click", () => {
      number.value = each.dataset.card;
      expiry.value = expiry.value || `12 / ${(new Date().getFullYear() + 2) % 100}`;
      cvc.value = cvc.value || "123";
      byId("billing_name").value = byId("billing_name").value || "Test Buyer";
      number.focus();
    }));
  }
  form.addEventListener("submit", () => {
    // After the browser has taken the values: a disabled button must not keep the form from being sent.
    setTimeout(() => { button.disabled = true; button.textContent = "Processing…"; }, 0);
  });
  window.addEventListener("pageshow", () => { button.disabled = false; button.textContent = button.dataset.text; });
})();
