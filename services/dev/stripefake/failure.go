package stripefake

import (
	"encoding/json"
	"net/http"
)

// apiError is an error in Stripe's shape.
type apiError struct {
	status int

	Type        string `json:"type"`
	Code        string `json:"code,omitempty"`
	DeclineCode string `json:"decline_code,omitempty"`
	Message     string `json:"message"`
	Param       string `json:"param,omitempty"`
}

// body returns the error as Stripe sends it.
func (e *apiError) body() json.RawMessage {
	b, err := json.Marshal(map[string]*apiError{"error": e})
	if err != nil {
		panic(err) // strings only
	}
	return b
}

// invalid is Stripe's answer to a request that it will never take.
func invalid(param, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, Type: "invalid_request_error", Param: param, Message: message}
}

// coded is invalid with one of Stripe's codes.
func coded(code, param, message string) *apiError {
	e := invalid(param, message)
	e.Code = code
	return e
}

// missing is Stripe's answer about an object that is not there.
func missing(kind, id string) *apiError {
	return &apiError{
		status: http.StatusNotFound, Type: "invalid_request_error", Code: "resource_missing",
		Param: "id", Message: "No such " + kind + ": '" + id + "'",
	}
}
