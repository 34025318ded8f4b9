// Makes the secret of a donor's receipt in the donor's own browser. Only its
// SHA-256 is sent with the pledge; the token itself belongs behind the # of the
// receipt's address, which browsers send to nobody.
//
//   const {token, sha256} = await solidarityReceiptToken();
//   POST /v1/pledges {…, "receiptTokenSha256": sha256}
//   location = receiptPage + "#" + token;
async function solidarityReceiptToken() {
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const random = crypto.getRandomValues(new Uint8Array(32));
  const token = base64(random).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const hash = await crypto.subtle.digest("SHA-256", random);
  return { token, sha256: base64(new Uint8Array(hash)) };
}
