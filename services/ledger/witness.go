package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/webserver"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/witness"
)

// WitnessOptions are the settings of a witness.
type WitnessOptions struct {
	// Name is the name of the witness's key, for example "witness.example.org".
	Name string
	// KeyFile holds the secret key; it is made at the first start.
	KeyFile string
	// StateFile holds what was cosigned last of each log. Losing it makes the
	// witness worthless.
	StateFile string
	// Logs holds the verifier keys ("name+id+key") of the logs to witness.
	Logs []string
	// Listener is where requests come in; Witness closes it.
	Listener net.Listener
	// Log takes what happens.
	Log *slog.Logger
	// Now is the clock of the cosignatures.
	Now func() time.Time
}

// The limits of a witness's HTTP server.
const (
	witnessTimeout = 10 * time.Second
	witnessHeader  = 16 << 10
)

// Witness serves C2SP tlog-witness until ctx ends.
func Witness(ctx context.Context, o WitnessOptions) error {
	defer o.Listener.Close()
	cosigner, err := witnessKey(o)
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	var logs []note.Verifier
	for _, text := range o.Logs {
		v, err := checkpoint.ParseVerifier(text)
		if err != nil {
			return fmt.Errorf("witness: %w", err)
		}
		logs = append(logs, v)
	}
	w, err := witness.New(cosigner, o.StateFile, logs...)
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	o.Log.Info("witness serves", "address", o.Listener.Addr().String(), "key", cosigner.VerifierKey(), "logs", len(logs))
	server := &http.Server{
		Handler: w, ReadTimeout: witnessTimeout, WriteTimeout: witnessTimeout, IdleTimeout: time.Minute,
		MaxHeaderBytes: witnessHeader, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	return webserver.Serve(ctx, server, o.Listener, witnessTimeout)
}

// witnessKey reads the key or makes it at the first start.
func witnessKey(o WitnessOptions) (*checkpoint.Cosigner, error) {
	text, err := os.ReadFile(o.KeyFile)
	if err == nil {
		return checkpoint.ParseCosigner(string(text), o.Now)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read key: %w", err)
	}
	var seed [32]byte
	rand.Read(seed[:]) // never fails: it aborts the program instead
	c, err := checkpoint.NewCosigner(o.Name, seed[:], o.Now)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(o.KeyFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	_, err = f.WriteString(c.PrivateKey() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return c, nil
}
