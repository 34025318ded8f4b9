// Package gateway wires the REST side of the system: JSON and files in front,
// gRPC over mutual TLS behind. It has no database and decides nothing; who may do
// what is judged by the services.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/backend"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/rest"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/internal/webserver"
)

// Limits of the HTTP server. Uploads and downloads set longer deadlines of their
// own.
const (
	maxHeaders  = 16 << 10
	headerTime  = 5 * time.Second
	readTime    = 30 * time.Second
	writeTime   = 60 * time.Second
	idleTime    = 2 * time.Minute
	drainTime   = 20 * time.Second
	developRate = 20 // how many times more a caller may do in development
)

// Config are the gateway's settings.
type Config struct {
	Listen string `help:"Address to listen on: host:port, or fd:N for an inherited socket." default:"127.0.0.1:8080"`
	// TLSDir holds ca.pem, cert.pem and key.pem by which services know the gateway.
	TLSDir string `name:"tls-dir" help:"Folder with ca.pem, cert.pem and key.pem of the gateway." required:""`
	// HTTPSCert and HTTPSKey are the certificate that clients see; without them
	// the gateway speaks plain HTTP, for a proxy in front.
	HTTPSCert         string `name:"https-cert" help:"Certificate file for HTTPS; without it plain HTTP, for a proxy in front."`
	HTTPSKey          string `name:"https-key" help:"Key file for HTTPS."`
	AccessAddr        string `help:"Address of the access service." required:""`
	DonationsAddr     string `help:"Address of the donations service." required:""`
	FamiliesAddr      string `help:"Address of the families service." required:""`
	DisbursementsAddr string `help:"Address of the disbursements service." required:""`
	LedgerAddr        string `help:"Address of the ledger service." required:""`
	// Rates of one caller, a second and at once.
	Rate       float64 `help:"Requests a second of one caller." default:"50"`
	RateBurst  float64 `help:"Requests at once of one caller." default:"200"`
	GuessRate  float64 `help:"Refused credentials, and calls that take a secret, a second of one address." default:"5"`
	GuessBurst float64 `help:"Refused credentials, and calls that take a secret, at once of one address." default:"60"`
	// Rates of one partner's key, from wherever it is used, at each gateway.
	KeyRate        float64 `help:"Requests a second of one secret key of a partner." default:"50"`
	KeyBurst       float64 `help:"Requests at once of one secret key of a partner." default:"200"`
	PublicKeyRate  float64 `help:"Requests a second of one publishable key of a partner, all donors together." default:"50"`
	PublicKeyBurst float64 `help:"Requests at once of one publishable key of a partner, all donors together." default:"500"`
	// Calls and Uploads bound what is done at once, for all; CallsEach and UploadsEach
	// for one caller.
	Calls       int `help:"Calls that run at once; more are refused." default:"256"`
	CallsEach   int `help:"Calls of one caller that run at once." default:"128"`
	Uploads     int `help:"Uploads that are open at once; more are refused." default:"16"`
	UploadsEach int `help:"Uploads of one caller that are open at once." default:"2"`
	// ProxyHops is how many proxies of ours stand before the gateway.
	ProxyHops      int  `help:"Own proxies in front, each adding to X-Forwarded-For." default:"0"`
	Development    bool `help:"Development: rates are twenty times as high."`
	config.Logging `embed:""`
}

// Check says what of the settings is wrong.
func (c Config) Check() error {
	if (c.HTTPSCert == "") != (c.HTTPSKey == "") {
		return errors.New("--https-cert and --https-key go together")
	}
	if c.CallsEach > c.Calls || c.UploadsEach > c.Uploads {
		return errors.New("one caller may do no more at once than all: --calls-each, --uploads-each")
	}
	return nil
}

// Run serves until ctx ends, then lets running requests finish.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	if err := cfg.Check(); err != nil {
		return err
	}
	id, err := mtls.Load(cfg.TLSDir)
	if err != nil {
		return err
	}
	services, err := dial(cfg, id)
	if err != nil {
		return err
	}
	defer services.close()
	files, err := dial(cfg, id)
	if err != nil {
		return err
	}
	defer files.close()
	handler, err := newHandler(ctx, host.Log, cfg, services, files, host.Clock.Now)
	if err != nil {
		return err
	}
	lis, err := rpc.Listen(cfg.Listen)
	if err != nil {
		return err
	}
	host.Log.InfoContext(ctx, "serving", "address", lis.Addr().String())
	return serve(ctx, cfg, lis, handler, host.Log)
}

// newHandler builds everything between a socket and the services.
func newHandler(ctx context.Context, log *slog.Logger, cfg Config, services, files connections, now func() time.Time) (http.Handler, error) {
	factor := 1.0
	if cfg.Development {
		factor = developRate
	}
	limiter := func(rate, burst float64) *limit.Limiter {
		return limit.New(limit.Rate{PerSecond: rate * factor, Burst: burst * factor}, now)
	}
	guesses := limiter(cfg.GuessRate, cfg.GuessBurst)
	calls := limit.NewSlots(limit.Share{All: cfg.Calls, Each: cfg.CallsEach})
	mux, err := rest.New(ctx, rest.Limits{Guesses: guesses, Calls: calls}, services.rest())
	if err != nil {
		return nil, err
	}
	uploads := limit.NewSlots(limit.Share{All: cfg.Uploads, Each: cfg.UploadsEach})
	if err := handleByHand(mux, services, files, calls, uploads); err != nil {
		return nil, err
	}
	return edge.New(edge.Options{
		Log: log, Now: now, Guesses: guesses, Known: limit.NewKnown(now), ProxyHops: cfg.ProxyHops,
		General: limiter(cfg.Rate, cfg.RateBurst), Keys: limiter(cfg.KeyRate, cfg.KeyBurst), PublicKeys: limiter(cfg.PublicKeyRate, cfg.PublicKeyBurst),
	}, mux), nil
}

func serve(ctx context.Context, cfg Config, lis net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeaders,
		ErrorLog:       slog.NewLogLogger(quiet{log.Handler()}, slog.LevelDebug),
	}
	if cfg.HTTPSCert != "" {
		certificate, err := tls.LoadX509KeyPair(cfg.HTTPSCert, cfg.HTTPSKey)
		if err != nil {
			return fmt.Errorf("read HTTPS certificate: %w", err)
		}
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	}
	return webserver.Serve(ctx, server, lis, drainTime)
}

// connections are those to the services.
type connections struct{ access, donations, families, disbursements, ledger *backend.Conn }

func dial(cfg Config, id *mtls.Identity) (c connections, err error) {
	for _, s := range []struct {
		name, addr string
		to         **backend.Conn
	}{
		{"access", cfg.AccessAddr, &c.access}, {"donations", cfg.DonationsAddr, &c.donations},
		{"families", cfg.FamiliesAddr, &c.families}, {"disbursements", cfg.DisbursementsAddr, &c.disbursements},
		{"ledger", cfg.LedgerAddr, &c.ledger},
	} {
		conn, err := rpc.Dial(s.addr, id.Client(s.name))
		if err != nil {
			c.close()
			return connections{}, err
		}
		*s.to = backend.New(s.name, conn)
	}
	return c, nil
}

func (c connections) all() []*backend.Conn {
	return []*backend.Conn{c.access, c.donations, c.families, c.disbursements, c.ledger}
}

func (c connections) rest() rest.Services {
	return rest.Services{
		Access: c.access, Donations: c.donations, Families: c.families,
		Disbursements: c.disbursements, Ledger: c.ledger,
	}
}

func (c connections) close() {
	for _, conn := range c.all() {
		if conn != nil {
			_ = conn.Close() // nothing is in flight any more
		}
	}
}
