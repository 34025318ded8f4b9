package pain_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
)

// TestTheOlderVersionDiffersInTheElementsThatItNamesOtherwise turns a file of version 03
// into one of 09 by these, and finds nothing else.
func TestTheOlderVersionDiffersInTheElementsThatItNamesOtherwise(t *testing.T) {
	t.Parallel()
	b := batch()
	newer := string(write(t, b))
	b.Version = pain.V03
	older := string(write(t, b))
	for _, want := range []string{
		`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03">`, "<ReqdExctnDt>2026-11-25</ReqdExctnDt>", "<BIC>COBADEFFXXX</BIC>", "<BIC>BPKOPLPW</BIC>",
	} {
		if !strings.Contains(older, want) {
			t.Errorf("no %s in\n%s", want, older)
		}
	}
	older = strings.NewReplacer("pain.001.001.03", "pain.001.001.09", "<BIC>", "<BICFI>", "</BIC>", "</BICFI>",
		"<ReqdExctnDt>", "<ReqdExctnDt><Dt>", "</ReqdExctnDt>", "</Dt></ReqdExctnDt>").Replace(older)
	space := regexp.MustCompile(`>\s+<`)
	if diff := cmp.Diff(space.ReplaceAllString(newer, "><"), space.ReplaceAllString(older, "><")); diff != "" {
		t.Errorf("(-newer +older):\n%s", diff)
	}
}

func TestAVersionThatIsNotWrittenIsRefused(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Version = "pain.001.001.11"
	var out bytes.Buffer
	if err := pain.Write(&out, b); err == nil || out.Len() != 0 {
		t.Errorf("written: %v, %d bytes", err, out.Len())
	}
}
