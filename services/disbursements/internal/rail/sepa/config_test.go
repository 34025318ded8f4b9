package sepa_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
)

func TestTheSenderMustBeASEPAAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sender      sepa.Sender
		development bool
		ok          bool
	}{
		"none in production":  {sepa.Sender{}, false, false},
		"none in development": {sepa.Sender{ID: "main"}, true, true},
		"without a name":      {sepa.Sender{ID: "main", IBAN: senderIBAN}, false, false},
		"wrong digits":        {sepa.Sender{ID: "main", Name: "Name", IBAN: "LT121000011101001001"}, false, false},
		"outside SEPA":        {sepa.Sender{ID: "main", Name: "Name", IBAN: "BY13NBRB3600900000002Z00AB00"}, false, false},
		"complete":            {sepa.Sender{ID: "main", Name: "Name", IBAN: "LT12 1000 0111 0100 1000", ExposureCap: 0}, false, true},
	} {
		sender, err := sepa.Config{Sender: test.sender}.Account(test.development)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if test.ok && (sender.IBAN != senderIBAN || sender.ExposureCap < 1 || sender.Account() != "asset:bank:main") {
			t.Errorf("%s: %+v", name, sender)
		}
	}
}

// TestASenderHasTheVersionThatItsBankTakes writes what is configured into the sender, by
// which each file is written.
func TestASenderHasTheVersionThatItsBankTakes(t *testing.T) {
	t.Parallel()
	sender, err := sepa.Config{Sender: sepa.Sender{ID: "main", Name: "Name", IBAN: senderIBAN, Format: "pain.001.001.03"}}.Account(false)
	if err != nil || sender.Format != "pain.001.001.03" {
		t.Errorf("%+v, %v", sender, err)
	}
}

func TestFurtherSendersStandInAFile(t *testing.T) {
	t.Parallel()
	first := sepa.Config{Sender: sepa.Sender{ID: "main", Name: "Name", IBAN: senderIBAN}}
	for name, test := range map[string]struct {
		file string
		want []string // what the error says; nothing where it is taken
	}{
		"two":             {`[{"id": "second", "name": "Name", "iban": "DE89370400440532013000", "format": "pain.001.001.03", "exposureCap": 7}, {"id": "third", "name": "Name", "iban": "NL91ABNA0417164300"}]`, nil},
		"no JSON":         {`x`, []string{"--senders"}},
		"a strange field": {`[{"id": "second", "account": "x"}]`, []string{"unknown field"}},
		"all at once": {`[{"id": "A B", "name": "Name", "iban": "DE89370400440532013000"}, {"id": "c", "iban": "DE89370400440532013000"}, {"id": "d", "name": "Name", "iban": "BY20OLMP31350000001000000933"}, {"id": "e", "name": "Name", "iban": "NL91ABNA0417164300", "format": "pdf"}]`,
			[]string{"[0]: id must", "[1]: the sender's name is missing", "[2]: the sender's account is not a SEPA account", "[3]: format must"}},
		"one id twice":      {`[{"id": "main", "name": "Name", "iban": "DE89370400440532013000"}]`, []string{"stands there twice"}},
		"one account twice": {`[{"id": "second", "name": "Name", "iban": "` + senderIBAN + `"}]`, []string{"stands there twice"}},
	} {
		c := first
		c.Senders = filepath.Join(t.TempDir(), "senders.json")
		if err := os.WriteFile(c.Senders, []byte(test.file), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := c.List(false)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if len(test.want) > 0 {
			continue
		}
		if err != nil || len(list) != 3 || list[0].ID != "main" || list[1].Format != "pain.001.001.03" || list[1].ExposureCap != 7 || list[2].ExposureCap != 50 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	if _, err := (sepa.Config{Sender: first.Sender, Senders: "/nowhere"}).List(false); err == nil {
		t.Error("a file that is not there is taken")
	}
}
