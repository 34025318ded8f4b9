package apidoc

import "fmt"

// problemSchema is the shape of every error.
func problemSchema() *schema {
	str := func(about string) *schema { return &schema{Type: "string", Description: about} }
	violation := &schema{Type: "object", Properties: properties{
		{"field", str("Path of the field, for example \"amount.minorUnits\".")},
		{"reason", str("Stable word for what is wrong with it, for example \"REQUIRED\".")},
		{"description", str("What is wrong with it, in a sentence.")},
	}}
	return &schema{
		Type: "object", Description: "An error, by RFC 9457.",
		Required: []string{"type", "title", "status", "detail", "code", "reason", "traceId"},
		Properties: properties{
			{"type", str("Where the reference has the reason and what to do, for example \"/docs#reason-FUND_CLOSED\".")},
			{"title", str("Text of the HTTP status.")},
			{"status", &schema{Type: "integer", Format: "int32", Description: "HTTP status."}},
			{"detail", str("What is wrong, in a fixed sentence.")},
			{"code", str("gRPC status by name, for example \"INVALID_ARGUMENT\".")},
			{"reason", str("Stable word for programs, for example \"FUND_CLOSED\".")},
			{"violations", &schema{Type: "array", Items: violation, Description: "Wrong fields."}},
			{"traceId", str("Id of the request, also in the header X-Request-Id.")},
		},
	}
}

func problemResponse() *response {
	return &response{
		Description: "An error.",
		Content:     map[string]media{"application/problem+json": {&schema{Ref: "#/components/schemas/Problem"}}},
	}
}

// raw is a path that is no JSON call of the contract.
type raw struct {
	method, path, id, tag string
	about                 string
	roles                 []string // none: anybody
	parameters            []parameter
	takes                 []string // media types of the body
	gives                 []string // media types of the answer
	schema                string   // of a JSON answer
	status                string
}

// byHand describes the paths that the gateway serves by hand.
func (w *writer) byHand() error {
	for _, r := range raws() {
		o := &operation{
			Tags: []string{r.tag}, Summary: first(r.about), Description: rest(r.about), OperationID: r.id, Roles: r.roles,
			Parameters: r.parameters, Security: []map[string][]string{},
			Responses: map[string]*response{"default": {Ref: "#/components/responses/Problem"}},
		}
		if len(r.roles) > 0 {
			o.Security = []map[string][]string{{bearer: {}}}
		}
		if len(r.takes) > 0 {
			o.RequestBody = &requestBody{Required: true, Content: map[string]media{}}
			for _, t := range r.takes {
				o.RequestBody.Content[t] = media{binary()}
			}
		}
		answer := binary()
		if r.schema != "" {
			m := w.named[r.schema]
			if m == nil {
				return fmt.Errorf("%s answers with %s, which is no message", r.id, r.schema)
			}
			answer = w.message(m)
		}
		content := map[string]media{}
		for _, t := range r.gives {
			content[t] = media{answer}
		}
		o.Responses[r.status] = &response{Description: "OK", Content: content}
		if err := w.put(r.path, r.method, o); err != nil {
			return err
		}
	}
	return nil
}

func binary() *schema { return &schema{Type: "string", Format: "binary"} }

func raws() []raw {
	path := func(name string) parameter {
		return parameter{Name: name, In: "path", Required: true, Schema: &schema{Type: "string"}}
	}
	const octets, ledger = "application/octet-stream", "LogService"
	return []raw{
		{
			method: "post", path: "/v1/prisonerImports", id: "importPrisoners", tag: "PrisonerImportService",
			about: "Takes a prisoner list in as a raw file, at most 100 MiB.\n\nIt is parsed while it arrives; the answer is STAGED, or names the row that is wrong.",
			roles: []string{"CASEWORKER"}, takes: []string{"text/csv", "text/plain", octets},
			parameters: []parameter{
				{Name: "sourceList", In: "query", Required: true, Description: "Name of the list, for example \"spring\".", Schema: &schema{Type: "string"}},
				{Name: "Idempotency-Key", In: "header", Description: "Makes a repeat of the request safe.", Schema: &schema{Type: "string", MaxLength: 255}},
			},
			gives: []string{json}, schema: "PrisonerImport", status: "201",
		}, {
			method: "post", path: "/v1/statements", id: "importStatement", tag: "StatementService",
			about: "Takes bank statements (camt.053) or notifications (camt.054) in as a raw XML file, or the results of a provider as its table (text/csv), at most 20 MiB.\n\nA statement is known by what it says: one that was taken in before changes nothing, and of one that overlaps only the rest is taken; where nothing is new, the answer has the header Idempotent-Replayed. They come in any order, and what is missing before one stands in its gap. One that cannot be taken is named among refusedStatements and stops no other. Statements of the account number in other currencies are left out and named.",
			roles: []string{"TREASURER"}, takes: []string{"application/xml", "text/xml", "text/csv"},
			gives: []string{json}, schema: "ImportStatementResponse", status: "201",
		}, {
			method: "get", path: "/v1/ledger/journal", id: "exportJournal", tag: ledger,
			about:      "Streams the whole journal.\n\nFor csv it is a ZIP archive of entries.csv, one row per entry, and manifest.json, which describes it; else a text. A download whose connection breaks off is no journal.",
			roles:      []string{"AUDITOR", "TREASURER"},
			parameters: []parameter{{Name: "format", In: "query", Required: true, Schema: &schema{Type: "string", Enum: []string{"hledger", "beancount", "csv"}}}},
			gives:      []string{"text/plain", "application/zip"}, status: "200",
		}, {
			method: "post", path: "/v1/paymentPlans/{paymentPlan}/files/{file}:download", id: "downloadPaymentFile", tag: "PaymentFileService",
			about: "Hands a sealed payment file out, once for each proposal by another person.\n\nNeeds a sign-in of the last 15 minutes.",
			roles: []string{"TREASURER", "APPROVER"}, parameters: []parameter{path("paymentPlan"), path("file")},
			gives: []string{"application/xml", "text/csv", "text/plain"}, status: "200",
		}, {
			method: "get", path: "/log/checkpoint", id: "readCheckpoint", tag: ledger,
			about: "Reads the published checkpoint, a C2SP signed note.", gives: []string{"text/plain"}, status: "200",
		}, {
			method: "get", path: "/log/checkpoints/{from}", id: "readCheckpoints", tag: ledger,
			about:      "Reads at most a hundred published checkpoints from a size on.\n\nNone is left where the answer has only keys; docs/ledger-format.md has its form.",
			parameters: []parameter{path("from")}, gives: []string{"text/plain"}, status: "200",
		}, {
			method: "get", path: "/log/books/{size}", id: "readBooks", tag: ledger,
			about: "Reads what the tables beside the leaves say as of a published size.\n\nA verifier compares it with the leaves; docs/ledger-format.md has its form.",
			roles: []string{"AUDITOR"}, parameters: []parameter{path("size")}, gives: []string{"text/plain"}, status: "200",
		}, {
			method: "get", path: "/log/tile/{level}/{tile}", id: "readTile", tag: ledger,
			about:      "Reads a C2SP tile of hashes; {tile} may have slashes, \"x001/234.p/7\".",
			parameters: []parameter{path("level"), path("tile")}, gives: []string{octets}, status: "200",
		}, {
			method: "get", path: "/log/tile/entries/{tile}", id: "readEntries", tag: ledger,
			about: "Reads a C2SP bundle of leaves; {tile} may have slashes, \"x001/234.p/7\".",
			roles: []string{"AUDITOR"}, parameters: []parameter{path("tile")}, gives: []string{octets}, status: "200",
		}, {
			method: "post", path: "/webhooks/stripe", id: "receiveStripeEvent", tag: "WebhookService",
			about: "Takes an event of Stripe with its signature in the header Stripe-Signature, at most 192 KiB.",
			takes: []string{json}, gives: []string{json}, status: "200",
		},
	}
}
