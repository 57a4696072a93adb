secret of the module
