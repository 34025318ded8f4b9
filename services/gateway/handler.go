package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/api/openapi"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/backend"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/docs"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/rest"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/transfer"
)

// checkTime bounds one question about a service's health.
const checkTime = 2 * time.Second

// handleByHand adds the paths that are no JSON calls of the contract. Files have
// connections of their own: those that are open for long leave the others alone.
func handleByHand(mux *rest.Mux, c, files connections, calls, uploads *limit.Slots) error {
	page, err := docs.New(openapi.YAML())
	if err != nil {
		return err
	}
	up := transfer.Uploads{
		Slots:      uploads,
		Imports:    familiesv1.NewPrisonerImportServiceClient(files.families),
		Statements: disbursementsv1.NewStatementServiceClient(files.disbursements),
	}
	down := transfer.Downloads{
		Log:   ledgerv1.NewLogServiceClient(files.ledger),
		Files: disbursementsv1.NewPaymentFileServiceClient(files.disbursements),
	}
	hooks := transfer.Webhooks{Calls: calls, Donations: donationsv1.NewWebhookServiceClient(c.donations)}
	return errors.Join(
		mux.Handle("POST", "/webhooks/stripe", hooks.Stripe),
		mux.Handle("POST", "/v1/prisonerImports", up.Prisoners),
		mux.Handle("POST", "/v1/statements", up.Statement),
		mux.Handle("GET", "/v1/ledger/journal", down.Journal),
		mux.Handle("POST", "/v1/{name=paymentPlans/*/files/*}:download", down.PaymentFile),
		mux.Handle("GET", "/log/checkpoint", down.Checkpoint),
		mux.Handle("GET", "/log/checkpoints/{from}", down.Checkpoints),
		mux.Handle("GET", "/log/books/{size}", down.Books),
		mux.Handle("GET", "/log/tile/{level}/{tile=**}", down.Tile),
		mux.Handle("GET", "/log/tile/entries/{tile=**}", down.Entries), // goes before the one above
		mux.Handle("GET", "/openapi.yaml", page.OpenAPI),
		mux.Handle("GET", "/docs", page.Page),
		mux.Handle("GET", "/docs/style.css", page.Style),
		mux.Handle("GET", edge.ReceiptScript, page.ReceiptScript),
		mux.Handle("GET", "/healthz", alive),
		mux.Handle("GET", "/readyz", readiness(c.all())),
	)
}

// alive answers as long as the process does.
func alive(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"SERVING"}`+"\n") // the client has gone
}

// readiness answers whether every service serves, and names those that do not.
func readiness(services []*backend.Conn) func(http.ResponseWriter, *http.Request, map[string]string) {
	return func(w http.ResponseWriter, r *http.Request, vars map[string]string) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		defer cancel()
		missing := unhealthy(ctx, services)
		if len(missing) == 0 {
			alive(w, r, vars)
			return
		}
		problem.Write(w, edge.From(r.Context()).ID, problem.Of(http.StatusServiceUnavailable, "UNAVAILABLE",
			"NOT_READY", "These services do not serve: "+strings.Join(missing, ", ")+"."))
	}
}

func unhealthy(ctx context.Context, services []*backend.Conn) []string {
	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		missing []string // guarded by mu
	)
	for _, s := range services {
		wait.Go(func() {
			if s.Healthy(ctx) != nil {
				mu.Lock()
				defer mu.Unlock()
				missing = append(missing, s.Name())
			}
		})
	}
	wait.Wait()
	slices.Sort(missing)
	return missing
}

// quiet drops what net/http says about single connections: it quotes addresses.
type quiet struct{ slog.Handler }

// Handle writes that there was something, without its text.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	plain := slog.NewRecord(r.Time, r.Level, "connection ended with an error", r.PC)
	return q.Handler.Handle(ctx, plain)
}
