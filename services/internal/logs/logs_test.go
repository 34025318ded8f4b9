package logs_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
)

func TestSecretFieldsOfMessagesAreNotLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logs.New(&out, "info", "json")
	log.Info("call", "request", &accessv1.ResolveCallerRequest{Issuer: "https://issuer.example", Subject: "MARK-7c1"})
	if got := out.String(); strings.Contains(got, "MARK-7c1") || !strings.Contains(got, "CLASS_P2_CONTACT") || !strings.Contains(got, "issuer.example") {
		t.Errorf("logged %s", got)
	}
}

func TestOfADatabaseErrorOnlyTheCodeIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logs.New(&out, "info", "text")
	pg := &pgconn.PgError{Code: "22P02", Message: `invalid input syntax: "MARK-7c2"`, Detail: "MARK-7c3", ConstraintName: "families_pkey"}
	log.Error("store", "error", fmt.Errorf("store family: %w", pg))
	log.Error("store", "error", fault.Missing("family").With(pg))
	if got := out.String(); strings.Contains(got, "MARK") || strings.Count(got, "22P02") != 2 || !strings.Contains(got, "NOT_FOUND") {
		t.Errorf("logged %s", got)
	}
}

func TestOtherErrorsAndLevelsAreKept(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logs.New(&out, "warn", "text")
	log.Info("not this")
	log.Warn("this", "error", errors.New("broken pipe"))
	if got := out.String(); strings.Contains(got, "not this") || !strings.Contains(got, "broken pipe") {
		t.Errorf("logged %s", got)
	}
}
