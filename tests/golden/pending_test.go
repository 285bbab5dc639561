package golden

// pending lists the families whose methods are not built yet, by the prefix of their files' names, with what is
// missing. A family leaves this table when its handler is registered.
var pending = map[string]string{
	"dae_": "denoising autoencoder",
}
