// Prints the project that google-auth-library finds: from no variable, so it asks gcloud.
import { GoogleAuth } from "google-auth-library";

console.log(await new GoogleAuth().getProjectId());
