// Finds Application Default Credentials with google-auth-library-java and prints what the Gemini API answers to them.
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;

class Adc {
    public static void main(String[] arguments) throws Exception {
        GoogleCredentials credentials = GoogleCredentials.getApplicationDefault();
        GenericUrl url = new GenericUrl("https://generativelanguage.googleapis.com/v1/models");
        HttpResponse reply =
                new NetHttpTransport()
                        .createRequestFactory(new HttpCredentialsAdapter(credentials))
                        .buildGetRequest(url)
                        .setThrowExceptionOnExecuteError(false)
                        .execute();
        System.out.println("{\"status\": " + reply.getStatusCode() + ", \"body\": " + reply.parseAsString() + "}");
    }
}
