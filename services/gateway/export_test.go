package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/backend"
)

// NewTestHandler is what a test puts behind a socket: everything of the gateway,
// with one connection to all services.
func NewTestHandler(ctx context.Context, log *slog.Logger, cfg Config, conn *grpc.ClientConn, now func() time.Time) (http.Handler, error) {
	c := func(name string) *backend.Conn { return backend.New(name, conn) }
	all := connections{
		access: c("access"), donations: c("donations"), families: c("families"),
		disbursements: c("disbursements"), ledger: c("ledger"),
	}
	return newHandler(ctx, log, cfg, all, all, now)
}

// Limits of the gateway's HTTP server that tests check.
const MaxHeaders = maxHeaders
