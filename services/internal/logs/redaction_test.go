package logs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// mark stands in every text of a message that is logged here.
const mark = "MARK-3f9"

// full makes a message with a mark in every text of it that must not be logged, down
// to a depth: messages may hold their like.
func full(d protoreflect.MessageDescriptor, depth int) *dynamicpb.Message {
	m := dynamicpb.NewMessage(d)
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		value, ok := filled(f, depth)
		switch {
		case !ok || f.IsMap():
		case f.IsList():
			list := m.Mutable(f).List()
			list.Append(value)
			list.Append(value)
		default:
			m.Set(f, value)
		}
	}
	return m
}

func filled(f protoreflect.FieldDescriptor, depth int) (protoreflect.Value, bool) {
	text := "plain"
	if policy.Secret(f) {
		text = mark
	}
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), true
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(text)), true
	case protoreflect.MessageKind:
		return protoreflect.ValueOfMessage(full(f.Message(), depth-1)), depth > 0
	}
	return protoreflect.Value{}, false
}

func TestNoMessageOfTheContractShowsASecret(t *testing.T) {
	t.Parallel()
	shown := 0
	protoregistry.GlobalTypes.RangeMessages(func(m protoreflect.MessageType) bool {
		if !strings.HasPrefix(string(m.Descriptor().FullName()), "solidarity.") {
			return true
		}
		text, err := json.Marshal(logs.Message(full(m.Descriptor(), 3)))
		if err != nil || bytes.Contains(text, []byte(mark)) {
			t.Errorf("%s: %v, %s", m.Descriptor().FullName(), err, text)
		}
		shown += bytes.Count(text, []byte("plain"))
		return true
	})
	if shown < 100 {
		t.Errorf("%d texts that may be logged are shown", shown)
	}
}

func TestListsAndMessagesInsideAreShownAndBytesCounted(t *testing.T) {
	t.Parallel()
	draft := &ledgerv1.TransactionDraft{Reference: "gifts/1", Entries: []*ledgerv1.EntryDraft{
		{Account: "asset:stripe", Amount: &typev1.Money{MinorUnits: 500, CurrencyCode: "EUR"}}, {Account: "fund:general:clearing"},
	}}
	got, err := json.Marshal(logs.Message(draft))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"reference":"gifts/1"`, `"minorUnits":500`, `"account":"fund:general:clearing"`} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	decision, err := json.Marshal(logs.Message(&ledgerv1.DecisionDraft{Commitment: make([]byte, 32)}))
	if err != nil || string(decision) != `{"commitment":32}` {
		t.Errorf("bytes: %s, %v", decision, err)
	}
}

// A value in a group, as a part of what is logged with every line, is redacted alike.
func TestWhatIsLoggedInAGroupOrWithEveryLineIsRedacted(t *testing.T) {
	t.Parallel()
	secret := error(&pgconn.PgError{Code: "23505", Message: mark, ConstraintName: "gifts_key"})
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log := logs.New(&out, "info", format)
		log.With("error", secret).Info("with")
		log.WithGroup("call").Info("group", "error", errors.Join(errors.New("first"), secret))
		log.Info("both", "error", fault.New(fault.Aborted, "RACED", "Read again.").With(secret))
		if got := out.String(); strings.Contains(got, mark) || strings.Count(got, "postgres 23505 gifts_key") != 3 || !strings.Contains(got, "RACED") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func TestALevelThatIsNoneIsInfo(t *testing.T) {
	t.Parallel()
	for level, want := range map[string][2]bool{"debug": {true, true}, "info": {false, true}, "error": {false, false}, "": {false, true}, "all": {false, true}} {
		var out bytes.Buffer
		log := logs.New(&out, level, "json")
		log.Debug("fine")
		log.Info("plain")
		if got := [2]bool{strings.Contains(out.String(), "fine"), strings.Contains(out.String(), "plain")}; got != want {
			t.Errorf("%q shows debug and info: %v, want %v", level, got, want)
		}
	}
}
