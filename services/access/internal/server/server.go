// Package server answers the gRPC calls of the access service: it turns
// messages into the terms of package staff and back. Every rule it applies is
// that package's or the database's.
package server

import (
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Options are what a Server is made of.
type Options struct {
	Store      *store.Store
	Identities staff.Identities
	Pager      *page.Pager
	Now        func() time.Time
	// Development lets grants be minted.
	Development bool
}

// Server implements both services of the contract.
type Server struct{ Options }

var (
	_ accessv1.AccessServiceServer = (*Server)(nil)
	_ accessv1.StaffServiceServer  = (*Server)(nil)
)

// New returns a server.
func New(o Options) *Server { return &Server{o} }
