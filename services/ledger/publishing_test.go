package ledger_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/ledger"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// The secrets of keys that have signed must be found again for ever.
func TestTheSecretsOfSigningKeysKeepTheirNames(t *testing.T) {
	t.Parallel()
	for generation, want := range map[int]string{
		1: "checkpoint/main", 2: "checkpoint/main/2", 10: "checkpoint/main/10",
	} {
		if got := ledger.KeyPurpose("main", generation); got != want {
			t.Errorf("generation %d: %s, want %s", generation, got, want)
		}
	}
}

func TestSettingsAboutPublishingAreChecked(t *testing.T) {
	t.Parallel()
	cosigner, err := checkpoint.NewCosigner("witness.test", make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	witness := "witness one " + cosigner.VerifierKey()
	plain := file("plain", "# far away\n"+witness+" http://witness.example.org\nquorum one\n")
	good := file("good", witness+" http://127.0.0.1:1\nquorum one\n")
	for name, c := range map[string]struct {
		cfg   ledger.Config
		taken bool
	}{
		"nothing":                    {ledger.Config{CheckpointDays: 1}, true},
		"a policy":                   {ledger.Config{CheckpointDays: 1, WitnessPolicy: good}, true},
		"development":                {ledger.Config{Service: config.Service{Common: config.Common{Development: true}}}, true},
		"no days":                    {ledger.Config{}, false},
		"no such file":               {ledger.Config{CheckpointDays: 1, WitnessPolicy: good + ".x"}, false},
		"not a policy":               {ledger.Config{CheckpointDays: 1, WitnessPolicy: file("bad", "hello")}, false},
		"witnesses unprotected":      {ledger.Config{CheckpointDays: 1, WitnessPolicy: plain}, false},
		"unprotected in development": {ledger.Config{Service: config.Service{Common: config.Common{Development: true}}, WitnessPolicy: plain}, true},
		"witnesses unreached":        {ledger.Config{CheckpointDays: 1, WitnessPolicy: file("far", witness+"\nquorum one\n")}, false},
	} {
		if err := ledger.CheckPublishing(c.cfg); (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What asks for the whole service hears that it serves: reading goes on.
func TestPostingsAreNotServedWhileTheGateIsShut(t *testing.T) {
	t.Parallel()
	k, err := publish.New(publish.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := ledger.GateHealth(k)
	serves := func(service string) bool {
		resp, err := h.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		return err == nil && resp.GetStatus() == healthv1.HealthCheckResponse_SERVING
	}
	const posting = "solidarity.ledger.v1.PostingService"
	before := serves(posting)
	k.Gate().Open()
	open := serves(posting)
	k.Gate().Refuse()
	if before || !open || serves(posting) || !serves("") {
		t.Errorf("served before: %t, open: %t, shut: %t, as a whole: %t", before, open, serves(posting), serves(""))
	}
}
