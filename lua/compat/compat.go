// Package compat holds the Lua modules that give pages the session names of
// other systems: compat.lasso, compat.foxweb, compat.alphafive, compat.pyhp.
// They are plain Lua on the session API that every page has.
package compat

import _ "embed" // the modules

// The modules are strings of the binary: they cost nothing until one is asked for.
var (
	//go:embed lasso.lua
	lasso string
	//go:embed foxweb.lua
	foxweb string
	//go:embed alphafive.lua
	alphafive string
	//go:embed pyhp.lua
	pyhp string
)

// Source returns the Lua source of a module, such as "compat.lasso", and
// whether there is such a module.
func Source(module string) (src string, ok bool) {
	switch module {
	case "compat.lasso":
		return lasso, true
	case "compat.foxweb":
		return foxweb, true
	case "compat.alphafive":
		return alphafive, true
	case "compat.pyhp":
		return pyhp, true
	}
	return "", false
}
