package transfer

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/rest"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/strict"
)

// Largest uploads, in bytes.
const (
	maxList      = 100 << 20
	maxStatement = 20 << 20
)

// Uploads takes files in.
type Uploads struct {
	// Slots are the uploads that are open at once.
	Slots      *limit.Slots
	Imports    familiesv1.PrisonerImportServiceClient
	Statements disbursementsv1.StatementServiceClient
}

// Prisoners takes a prisoner list: POST /v1/prisonerImports?sourceList=….
func (u Uploads) Prisoners(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	header := &familiesv1.ImportPrisonersHeader{}
	if err := strict.Query(header.ProtoReflect().Descriptor(), r.URL.RawQuery, strict.Free); err != nil {
		fail(w, r, problem.From(err))
		return
	}
	if !typed(r, "text/csv", "text/plain", "application/octet-stream") {
		fail(w, r, problem.WrongType())
		return
	}
	if tooLong(r, maxList) {
		fail(w, r, problem.TooLarge())
		return
	}
	header.SourceList = r.URL.Query().Get("sourceList")
	header.RequestId = r.URL.Query().Get("requestId")
	if header.GetRequestId() == "" {
		header.RequestId = asUUID(r.Header.Get("Idempotency-Key"))
	}
	leave, ok := enter(w, r, u.Slots)
	if !ok {
		return
	}
	defer leave()
	ctx, cancel := whole(w, r)
	defer cancel()
	stream, err := u.Imports.ImportPrisoners(ctx)
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	first := &familiesv1.ImportPrisonersRequest{Payload: &familiesv1.ImportPrisonersRequest_Header{Header: header}}
	if !admitted(r, stream, cancel) || stream.Send(first) != nil {
		_, err = stream.CloseAndRecv()
		finish(w, r, nil, err)
		return
	}
	answer, err := push(http.MaxBytesReader(w, r.Body, maxList), stream, func(b []byte) *familiesv1.ImportPrisonersRequest {
		return &familiesv1.ImportPrisonersRequest{Payload: &familiesv1.ImportPrisonersRequest_Chunk{Chunk: b}}
	}, cancel)
	if err == nil {
		w.Header().Set("Location", "/v1/"+answer.GetName())
		if len(stream.Trailer().Get("idempotent-replayed")) > 0 {
			w.Header().Set("Idempotent-Replayed", "true")
		}
	}
	finish(w, r, answer, err)
}

// Statement takes a bank statement, or the table of a provider: POST /v1/statements.
func (u Uploads) Statement(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	if !typed(r, "application/xml", "text/xml", "text/csv") {
		fail(w, r, problem.WrongType())
		return
	}
	if tooLong(r, maxStatement) {
		fail(w, r, problem.TooLarge())
		return
	}
	leave, ok := enter(w, r, u.Slots)
	if !ok {
		return
	}
	defer leave()
	ctx, cancel := whole(w, r)
	defer cancel()
	stream, err := u.Statements.ImportStatement(ctx)
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	if !admitted(r, stream, cancel) {
		_, err = stream.CloseAndRecv()
		finish(w, r, nil, err)
		return
	}
	answer, err := push(http.MaxBytesReader(w, r.Body, maxStatement), stream, func(b []byte) *disbursementsv1.ImportStatementRequest {
		return &disbursementsv1.ImportStatementRequest{Chunk: b}
	}, cancel)
	if err == nil && answer.GetReplayed() {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	finish(w, r, answer, err)
}

// finish answers an upload.
func finish(w http.ResponseWriter, r *http.Request, answer proto.Message, err error) {
	switch {
	case errors.Is(err, errLarge):
		fail(w, r, problem.TooLarge())
		return
	case errors.Is(err, errBroken):
		fail(w, r, problem.Incomplete())
		return
	case err != nil:
		fail(w, r, problem.From(err))
		return
	}
	body, err := rest.Marshaler().Marshal(answer)
	if err != nil {
		fail(w, r, problem.Internal())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body) // the client has gone
}

// namespace makes UUIDs of idempotency keys that are none.
var namespace = uuid.MustParse("8f0f1f0e-6d8a-4c65-9a5e-3f7f4b1f9d52")

func asUUID(key string) string {
	if key == "" {
		return ""
	}
	if id, err := uuid.Parse(key); err == nil {
		return id.String()
	}
	return uuid.NewSHA1(namespace, []byte(key)).String()
}
