package docs_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/docs"
)

const small = `
openapi: 3.1.0
info: {title: "Made up", version: "1", description: "About <script>alert(1)</script>"}
tags:
  - {name: ZebraService, description: "Of zebras."}
  - {name: AidRequestService, description: "Of aid."}
x-tagGroups:
  - {name: "Staff: families", x-description: "Who works on cases.", tags: [AidRequestService]}
  - {name: "Zoo", x-description: "", tags: [ZebraService]}
paths:
  /v1/zebras/{zebra}:
    get:
      tags: [ZebraService]
      operationId: getZebra
      summary: Reads one zebra
      x-roles: [CASEWORKER]
      parameters: [{name: zebra, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: OK, content: {application/json: {schema: {$ref: "#/components/schemas/Zebra"}}}}
        default: {$ref: "#/components/responses/Problem"}
  /v1/requests:
    post:
      tags: [AidRequestService]
      operationId: createRequest
      summary: "<img src=x onerror=alert(1)>"
      requestBody: {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Zebra"}}}}}
      responses: {"201": {description: Created}}
x-reasons:
  - {title: "Reasons of all services", reasons: [{reason: ZEBRA_AWAY, description: "The zebra is away. Wait."}]}
components:
  responses:
    Problem: {description: "An error of its own kind."}
  schemas:
    Zebra:
      type: object
      properties:
        name: {type: string, description: "Its name."}
        minorUnits: {type: string, format: int64}
        amount: {allOf: [{$ref: "#/components/schemas/Money"}], description: "How much."}
        ages: {type: array, items: {type: integer, format: int32}}
    Money: {type: object, properties: {currencyCode: {type: string}}}
`

// page is the page of a description.
func page(t *testing.T, description string) string {
	t.Helper()
	d, err := docs.New([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.Page(w, nil, nil)
	if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	return w.Body.String()
}

func TestThePageIsInTheOrderOfItsReaders(t *testing.T) {
	t.Parallel()
	html := page(t, small)
	at := 0
	for _, want := range []string{
		"Made up", "Staff: families", "Who works on cases.", "Aid request", "Of aid.", "/v1/requests", "Zoo", "Zebra", "/v1/zebras/{zebra}", "Reads one zebra", "CASEWORKER",
		"Reasons of all services", `id="reason-ZEBRA_AWAY"`, "The zebra is away. Wait.",
	} {
		i := strings.Index(html[at:], want)
		if i < 0 {
			t.Fatalf("%q does not stand behind what comes before it", want)
		}
		at += i
	}
	// Fields are in the order of the contract, with their types.
	zebra := html[strings.LastIndex(html, `id="schema-Zebra"`):]
	for _, want := range []string{"name", "minorUnits", "string (int64)", "amount", "Money", "ages", "list of integer (int32)"} {
		i := strings.Index(zebra, want)
		if i < 0 {
			t.Fatalf("%q does not stand behind what comes before it in the schema", want)
		}
		zebra = zebra[i:]
	}
}

func TestAnswersThatAreSharedAreWrittenOut(t *testing.T) {
	t.Parallel()
	if html := page(t, small); !strings.Contains(html, "An error of its own kind.") {
		t.Error("the shared answer is not shown")
	}
}

func TestWhatADescriptionSaysIsTextAndNothingElse(t *testing.T) {
	t.Parallel()
	html := page(t, small)
	for _, active := range []string{"<script", "<img src=x", "onerror=alert(1)>"} {
		if strings.Contains(html, active) {
			t.Errorf("%s is part of the page", active)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;") {
		t.Error("the text is lost")
	}
}

func TestEveryLinkOfThePageLeadsSomewhere(t *testing.T) {
	t.Parallel()
	html := page(t, small)
	links := 0
	for rest := html; ; links++ {
		_, after, ok := strings.Cut(rest, `href="#`)
		if !ok {
			break
		}
		target, after, _ := strings.Cut(after, `"`)
		if !strings.Contains(html, `id="`+target+`"`) {
			t.Errorf("nothing has the id %q", target)
		}
		rest = after
	}
	if links == 0 {
		t.Error("the page has no links")
	}
}

func TestADescriptionThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"\t", "paths: [1, 2]", "components: {schemas: {A: {properties: {b: [1]}}}}"} {
		if _, err := docs.New([]byte(broken)); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}

// The script of partners' pages is for other origins, and takes its randomness from
// the browser.
func TestTheReceiptScriptIsForOtherPages(t *testing.T) {
	t.Parallel()
	d, err := docs.New([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.ReceiptScript(w, nil, nil)
	if w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.Contains(w.Body.String(), "getRandomValues") || strings.Contains(w.Body.String(), "Math.random") {
		t.Errorf("%v, %s", w.Header(), w.Body)
	}
}
