// register_kernels offers our kernels to the plugin with the chain of extensions. It returns 1 if programs can call them, and
// 0 if the plugin has no foreign function interface or refuses them.
int register_kernels(const void* extensions);

// sums_banks returns 1 if this processor has what jemlab_bank_sum needs.
int sums_banks(void);
