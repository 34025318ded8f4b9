// Package server answers the gRPC calls of the access service: it turns
// messages into the terms of package staff and back. Every rule it applies is
// that package's, the database's or the ledger's: what a person may do counts only
// where its leaves stand in the log.
package server

import (
	"log/slog"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Options are what a Server is made of.
type Options struct {
	Store      *store.Store
	Identities staff.Identities
	// Issuer is the OpenID issuer whose tokens people bring.
	Issuer string
	// RestDays is for how many days nobody may approve or release by a new grant.
	RestDays int
	// Posting records decisions in the ledger, Standing says what its leaves give.
	Posting  ledgerv1.PostingServiceClient
	Standing ledgerv1.StandingServiceClient
	Pager    *page.Pager
	Log      *slog.Logger
	Now      func() time.Time
	// Stopping is closed when this process stops, which ends streams.
	Stopping <-chan struct{}
}

// Server implements both services of the contract.
type Server struct {
	Options
	known standings
	acts  acts

	trustRows bool // tests see by it what the leaves keep out
}

var (
	_ accessv1.AccessServiceServer = (*Server)(nil)
	_ accessv1.StaffServiceServer  = (*Server)(nil)
)

// New returns a server.
func New(o Options) *Server { return &Server{Options: o, known: newStandings(), acts: newActs()} }
