package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/url"
)

// urlModule is the loader of the module url, whose query is read as _GET is.
func urlModule() glua.LGFunction { return url.Module(parseQuery) }

func parseQuery(L *glua.LState, query string) (*glua.LTable, error) {
	r := cgi.NewRequest(cgi.Env{"QUERY_STRING": query}, nil, runOf(L).engine.cfg.Limits)
	fields, err := r.Get()
	var tree *cgi.Tree
	if err == nil {
		tree, err = cgi.Nest(fields)
	}
	if err != nil {
		var status *cgi.StatusError
		if errors.As(err, &status) {
			err = errors.New(status.Reason) // the status is for what the visitor has asked for
		}
		return nil, err
	}
	return (&formBuilder{L, fieldValue(fields), spareRoom}).table(tree), nil
}
