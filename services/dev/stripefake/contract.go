package stripefake

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/param"
	"github.com/stripe/stripe-mock/param/coercer"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"
)

const formMediaType = "application/x-www-form-urlencoded"

// Contract is Stripe's published description of the calls that the fake serves,
// as stripe-mock v0.183.0 carries and checks it, and the shape of each object.
// It is read-only and may be shared.
type Contract struct {
	operations map[string]operation // by "POST /v1/refunds"
	shapes     map[string]object    // by Stripe's object name
}

// operation checks the parameters of one call.
type operation struct {
	schema    *spec.Schema
	validator interface{ Validate(any) error }
}

// LoadContract reads the contract that is built into stripe-mock.
func LoadContract() (*Contract, error) {
	described, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		return nil, fmt.Errorf("load Stripe's contract: %w", err)
	}
	if described.Info.Version != APIVersion {
		return nil, fmt.Errorf("load Stripe's contract: it is of API %s", described.Info.Version)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		return nil, fmt.Errorf("load Stripe's objects: %w", err)
	}
	c := &Contract{operations: map[string]operation{}, shapes: map[string]object{}}
	for name, fixture := range fixtures.Resources {
		if shape, ok := fixture.(map[string]any); ok {
			c.shapes[string(name)] = shape
		}
	}
	components := spec.GetComponentsForValidation(&described.Components)
	for _, route := range slices.Sorted(maps.Keys(handlers())) {
		method, path, _ := strings.Cut(route, " ")
		op, err := newOperation(described.Paths[spec.Path(path)][spec.HTTPVerb(strings.ToLower(method))], method, components)
		if err != nil {
			return nil, fmt.Errorf("load Stripe's contract of %s: %w", route, err)
		}
		c.operations[route] = op
	}
	return c, nil
}

func newOperation(o *spec.Operation, method string, components *spec.ComponentsForValidation) (operation, error) {
	if o == nil {
		return operation{}, fmt.Errorf("no such call")
	}
	schema := spec.BuildQuerySchema(o)
	if method == http.MethodGet {
		components = nil
	} else {
		schema = o.RequestBody.Content[formMediaType].Schema
	}
	validator, err := spec.GetValidatorForOpenAPI3Schema(schema, components)
	return operation{schema: schema, validator: validator}, err
}

// check returns the parameters of a call with their types, or what Stripe would
// refuse: missing, unknown and mistyped parameters.
func (c *Contract) check(route string, r *http.Request) (object, *apiError) {
	op := c.operations[route]
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); r.Method == http.MethodPost && media != formMediaType {
		return nil, invalid("", "The request's content type must be "+formMediaType+".")
	}
	params, err := param.ParseParams(r)
	if err != nil {
		return nil, invalid("", "The parameters cannot be read: "+err.Error())
	}
	if err := coercer.CoerceParams(op.schema, params); err != nil {
		return nil, invalid("", "Request coercion error: "+err.Error())
	}
	if err := op.validator.Validate(params); err != nil {
		return nil, invalid("", "Request validation error: "+err.Error())
	}
	return params, nil
}

// shape returns a new object of a kind with every field that Stripe's has.
func (c *Contract) shape(kind string) object { return maps.Clone(c.shapes[kind]) }
